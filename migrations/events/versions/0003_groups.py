"""A service may read a topic a second time: one cursor per group of readers, and its lag."""

from alembic import op

revision = "0003_groups"
down_revision = "0002_retention"

# The service itself (the empty group) keeps the cursors it has; so do the functions without a
# group, for workers of the version before. No role's name has a dot, and what comes before it is
# always the caller's own: nobody can name another role's group.
_READER = """
CREATE FUNCTION reader(reading text) RETURNS name
LANGUAGE sql STABLE AS $$
    SELECT (session_user || CASE reading WHEN '' THEN '' ELSE '.' || reading END)::name;
$$;
"""

_POLL = """
CREATE FUNCTION poll(topics text[], at_most int, reading text)
RETURNS TABLE (topic text, "position" bigint, body jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = events, pg_temp AS $$
BEGIN
    INSERT INTO cursor (consumer, topic)
    SELECT reader(reading), t FROM unnest(topics) AS t
    WHERE NOT EXISTS (
        SELECT FROM cursor c WHERE c.consumer = reader(reading) AND c.topic = t)
    ON CONFLICT DO NOTHING;
    RETURN QUERY
    WITH mine AS (
        SELECT c.topic, c.position FROM cursor c
        WHERE c.consumer = reader(reading) AND c.topic = ANY (topics)
        ORDER BY c.topic FOR UPDATE SKIP LOCKED
    )
    SELECT l.topic, l.position, l.body
    FROM mine CROSS JOIN LATERAL (
        SELECT n.topic, n.position, n.body FROM log n
        WHERE n.topic = mine.topic AND n.position > mine.position
        ORDER BY n.position LIMIT at_most
    ) AS l
    ORDER BY l.topic, l.position;
END $$;
"""

_ACK = """
CREATE FUNCTION ack(positions jsonb, reading text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = events, pg_temp AS $$
    UPDATE cursor SET position = greatest(cursor.position, p.value::bigint)
    FROM jsonb_each_text(positions) AS p
    WHERE consumer = reader(reading) AND topic = p.key;
$$;
"""

_REWIND = """
CREATE FUNCTION rewind(topics text[], reading text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = events, pg_temp AS $$
    UPDATE cursor SET position = 0
    WHERE consumer = reader(reading) AND topic = ANY (topics);
$$;
"""

# Positions have no gaps, so three numbers per topic tell it: head, oldest event kept, and cursor.
_LAG = """
CREATE FUNCTION lag(topics text[], reading text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = events, pg_temp AS $$
    SELECT coalesce(sum(head - greatest(
        (SELECT position FROM cursor WHERE consumer = reader(reading) AND topic = name),
        (SELECT coalesce(min(position) - 1, head) FROM log WHERE topic = name)
    )), 0)::bigint
    FROM topic WHERE name = ANY (topics);
$$;
"""

_FUNCTIONS = (
    "poll(text[], int, text)",
    "ack(jsonb, text)",
    "rewind(text[], text)",
    "lag(text[], text)",
)
_APPS = ", ".join(
    f"{service}_service_app"
    for service in ("patient", "therapist", "matching", "communication", "geocoding")
)


def upgrade() -> None:
    for statement in (_READER, _POLL, _ACK, _REWIND, _LAG):
        op.execute(statement)
    op.execute("REVOKE ALL ON FUNCTION reader(text) FROM PUBLIC")
    for function in _FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {_APPS}")


def downgrade() -> None:
    """All cursors stay: nobody reads those of named groups, and a later upgrade finds them."""
    for function in (*_FUNCTIONS, "reader(text)"):
        op.execute(f"DROP FUNCTION {function}")
