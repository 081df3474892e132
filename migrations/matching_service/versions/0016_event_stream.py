"""What pages of the web app are told as it happens, and the tickets that let them listen.

Numbers are given when a transaction commits, under the lock of one row: they have no gaps, and
whoever has seen one will never find a smaller one that is new.
"""

from alembic import op

revision = "0016_event_stream"
down_revision = "0015_analytics"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_EVENTS)
    op.execute(_NUMBERS)
    op.execute(_TICKETS)
    op.execute(_RIGHTS)


def downgrade() -> None:
    op.execute("DROP TABLE stream_ticket, stream_event, stream_head")
    op.execute("DROP FUNCTION stream_event_number()")


# `id` and `told_at` are empty for nobody but the transaction that writes the row. The head outlives
# the rows, so that a reader who was away for too long is told so.
_EVENTS = """
CREATE TABLE stream_head (
    single boolean PRIMARY KEY DEFAULT true CONSTRAINT ck_stream_head_single CHECK (single),
    id bigint NOT NULL
);
INSERT INTO stream_head (id) VALUES (0);

CREATE TABLE stream_event (
    event_id uuid PRIMARY KEY,
    id bigint CONSTRAINT uq_stream_event_id UNIQUE,
    type text NOT NULL,
    kind text NOT NULL,
    subject_id bigint NOT NULL,
    ids jsonb NOT NULL,
    status text,
    at timestamptz NOT NULL,
    told_at timestamptz
);
CREATE INDEX idx_stream_event_told_at ON stream_event (told_at);
"""

# Deferred: the lock is held from the end of a transaction to its commit, and never while anybody
# waits for a row or a neighbour.
_NUMBERS = """
CREATE FUNCTION stream_event_number() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = matching_service, pg_temp AS $$
DECLARE
    number bigint;
BEGIN
    UPDATE stream_head SET id = id + 1 RETURNING id INTO number;
    UPDATE stream_event SET id = number, told_at = clock_timestamp()
    WHERE event_id = NEW.event_id;
    PERFORM pg_notify('matching_service_stream', '');
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER stream_event_number AFTER INSERT ON stream_event
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION stream_event_number();
"""

# `session_ends_at` is when the token ends that the ticket was given for.
_TICKETS = """
CREATE TABLE stream_ticket (
    hash bytea PRIMARY KEY,
    subject text NOT NULL,
    roles text[] NOT NULL,
    session_ends_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '30 seconds'
);
CREATE INDEX idx_stream_ticket_expires_at ON stream_ticket (expires_at);
"""

_RIGHTS = """
REVOKE INSERT, UPDATE, DELETE ON stream_head FROM matching_service_app;
REVOKE INSERT, UPDATE ON stream_event FROM matching_service_app;
GRANT INSERT (event_id, type, kind, subject_id, ids, status, at) ON stream_event
    TO matching_service_app;
REVOKE INSERT, UPDATE ON stream_ticket FROM matching_service_app;
GRANT INSERT (hash, subject, roles, session_ends_at) ON stream_ticket TO matching_service_app;
"""
