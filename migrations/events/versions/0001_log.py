"""The embedded transport: topics, their numbered logs, and how far each service has read."""

from alembic import op

revision = "0001_log"
down_revision = None

# Services never touch the tables: these four functions are the transport.
_TABLES = """
CREATE TABLE topic (
    name text PRIMARY KEY,
    head bigint NOT NULL DEFAULT 0
);

CREATE TABLE log (
    topic text NOT NULL REFERENCES topic (name),
    position bigint NOT NULL,
    key text NOT NULL,
    event_id uuid NOT NULL CONSTRAINT uq_log_event_id UNIQUE,
    body jsonb NOT NULL,
    appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, position)
);

CREATE TABLE cursor (
    consumer name NOT NULL,
    topic text NOT NULL REFERENCES topic (name),
    position bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (consumer, topic)
);

INSERT INTO topic (name) VALUES
    ('patient-events'), ('therapist-events'), ('matching-events'),
    ('communication-events'), ('geocoding-events');
"""

# Numbers are handed out under the topic's lock, so they become visible in their own order.
_APPEND = """
CREATE FUNCTION append(batch jsonb) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = events, pg_temp AS $$
DECLARE
    wanted text;
    added int := 0;
    fresh int;
BEGIN
    FOR wanted IN SELECT DISTINCT e->>'topic' FROM jsonb_array_elements(batch) AS e ORDER BY 1 LOOP
        PERFORM FROM topic WHERE name = wanted FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'unknown topic %', wanted USING ERRCODE = 'PV010';
        END IF;
        WITH numbered AS (
            SELECT e->>'key' AS key, e->'body' AS body,
                   row_number() OVER (ORDER BY place) AS step
            FROM jsonb_array_elements(batch) WITH ORDINALITY AS item(e, place)
            WHERE e->>'topic' = wanted
              AND NOT EXISTS (SELECT FROM log WHERE event_id = (e->'body'->>'id')::uuid)
        )
        INSERT INTO log (topic, position, key, event_id, body)
        SELECT wanted, head + step, key, (body->>'id')::uuid, body
        FROM numbered, topic WHERE name = wanted;
        GET DIAGNOSTICS fresh = ROW_COUNT;
        UPDATE topic SET head = head + fresh WHERE name = wanted;
        added := added + fresh;
        PERFORM pg_notify('events_' || wanted, '');
    END LOOP;
    RETURN added;
END $$;
"""

# The consumer is whoever is logged in. Its cursors stay locked until ack or the end of the
# transaction; a second worker of the same service gets nothing meanwhile.
_POLL = """
CREATE FUNCTION poll(topics text[], at_most int)
RETURNS TABLE (topic text, "position" bigint, body jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = events, pg_temp AS $$
BEGIN
    INSERT INTO cursor (consumer, topic)
    SELECT session_user, t FROM unnest(topics) AS t
    WHERE NOT EXISTS (
        SELECT FROM cursor c WHERE c.consumer = session_user AND c.topic = t)
    ON CONFLICT DO NOTHING;
    RETURN QUERY
    WITH mine AS (
        SELECT c.topic, c.position FROM cursor c
        WHERE c.consumer = session_user AND c.topic = ANY (topics)
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
CREATE FUNCTION ack(positions jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = events, pg_temp AS $$
    UPDATE cursor SET position = greatest(cursor.position, p.value::bigint)
    FROM jsonb_each_text(positions) AS p
    WHERE consumer = session_user AND topic = p.key;
$$;
"""

_REWIND = """
CREATE FUNCTION rewind(topics text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = events, pg_temp AS $$
    UPDATE cursor SET position = 0 WHERE consumer = session_user AND topic = ANY (topics);
$$;
"""

_FUNCTIONS = ("append(jsonb)", "poll(text[], int)", "ack(jsonb)", "rewind(text[])")
_APPS = ", ".join(
    f"{service}_service_app"
    for service in ("patient", "therapist", "matching", "communication", "geocoding")
)


def upgrade() -> None:
    for statement in (_TABLES, _APPEND, _POLL, _ACK, _REWIND):
        op.execute(statement)
    for function in _FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {_APPS}")


def downgrade() -> None:
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP TABLE cursor, log, topic")
