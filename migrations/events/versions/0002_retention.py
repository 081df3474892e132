"""The log keeps events for 14 days."""

from alembic import op

revision = "0002_retention"
down_revision = "0001_log"

# How long is not the caller's to say: a topic's events are every service's.
_FORGET = """
CREATE INDEX idx_log_appended_at ON log (appended_at);

CREATE FUNCTION forget(at_most int) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = events, pg_temp AS $$
    WITH old AS (
        SELECT topic, position FROM log
        WHERE appended_at < clock_timestamp() - interval '14 days'
        ORDER BY appended_at LIMIT at_most FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM log USING old
        WHERE log.topic = old.topic AND log.position = old.position
        RETURNING 1
    )
    SELECT count(*)::int FROM gone;
$$;
"""

_APPS = ", ".join(
    f"{service}_service_app"
    for service in ("patient", "therapist", "matching", "communication", "geocoding")
)


def upgrade() -> None:
    op.execute(_FORGET)
    op.execute("REVOKE ALL ON FUNCTION forget(int) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION forget(int) TO {_APPS}")


def downgrade() -> None:
    op.execute("DROP FUNCTION forget(int)")
    op.execute("DROP INDEX idx_log_appended_at")
