"""The tables every service keeps beside its own: outgoing and incoming events, repeated requests.

Runs inside a revision, as the owner, with the service's schema first in the search path.
"""

from collections.abc import Sequence

from alembic import op


def create_plumbing_tables() -> None:
    op.execute(_OUTBOX)
    op.execute(_INBOX)
    op.execute(_PARKED)
    op.execute(_IDEMPOTENCY_KEY)


def drop_plumbing_tables() -> None:
    op.execute("DROP TABLE idempotency_key, parked, inbox, outbox")
    op.execute("DROP FUNCTION outbox_wake_relay()")


def create_discard_register(schema: str) -> None:
    """Written once and never changed: who gave up on which event, when and why."""
    op.execute(_DISCARDED)
    op.execute(f"REVOKE UPDATE, DELETE ON discarded FROM {schema}_app")


def drop_discard_register() -> None:
    op.execute("DROP TABLE discarded")


def make_searchable(table: str, words: Sequence[str], phones: Sequence[str]) -> None:
    """Gives the table a text that `q` is looked for in, from the columns of these names.

    The database makes it, so that no way of writing a row can forget it.
    """
    op.execute(_SEARCHABLE)
    op.execute(
        f"""
        ALTER TABLE {table} ADD COLUMN search_text text NOT NULL GENERATED ALWAYS AS (
            searchable({_joined(words)}) || dialled({_joined(phones)})
        ) STORED;
        CREATE INDEX idx_{table}_search_text
            ON {table} USING gin (search_text extensions.gin_trgm_ops);
        """
    )


def make_unsearchable(table: str) -> None:
    op.execute(f"ALTER TABLE {table} DROP COLUMN search_text")
    op.execute("DROP FUNCTION dialled(text), searchable(text)")


def _joined(columns: Sequence[str]) -> str:
    return " || ' ' || ".join(f"coalesce({name}, '')" for name in columns)


# Umlauts as they are typed without a German keyboard, other marks left out, every word after a
# space. A phone number as its digits from the country on, as far as German numbers go.
_SEARCHABLE = """
CREATE FUNCTION searchable(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ' ' || translate(
    replace(replace(replace(replace(
        regexp_replace(btrim(lower(normalize(written, NFC))), '[\\s,;/-]+', ' ', 'g'),
        'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'),
    'àáâãåāăąçćčďđèéêëēėęěğìíîïīįıłñńňòóôõøőřśšşșťțùúûůűūýÿźžż',
    'aaaaaaaacccddeeeeeeeegiiiiiiilnnnoooooorssssttuuuuuuyyzzz'
);

CREATE FUNCTION dialled(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ' ' || regexp_replace(regexp_replace(regexp_replace(
    written, '\\(0\\)|[^0-9]', '', 'g'), '^0(?!0)', '49'), '^00', '');
"""

# Whoever writes an event holds its aggregate's lock: per key, id order is commit order.
_OUTBOX = """
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL CONSTRAINT uq_outbox_event_id UNIQUE,
    topic text NOT NULL,
    key text NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION outbox_wake_relay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox_' || TG_TABLE_SCHEMA, '');
    RETURN NULL;
END $$;

CREATE TRIGGER outbox_wake_relay AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake_relay();
"""

_INBOX = """
CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    handled_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX idx_inbox_handled_at ON inbox (handled_at);
"""

# The first row of a key is the one that failed; later ones only wait behind it.
_PARKED = """
CREATE TABLE parked (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    event_id uuid NOT NULL CONSTRAINT uq_parked_event_id UNIQUE,
    body jsonb NOT NULL,
    error text,
    attempts int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX idx_parked_topic_key ON parked (topic, key, id);
"""

_DISCARDED = """
CREATE TABLE discarded (
    id bigint PRIMARY KEY,  -- of the parked row
    topic text NOT NULL,
    key text NOT NULL,
    event_id uuid NOT NULL CONSTRAINT uq_discarded_event_id UNIQUE,
    body jsonb NOT NULL,
    error text,
    attempts int NOT NULL,
    parked_at timestamptz NOT NULL,
    discarded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    discarded_by text NOT NULL,
    reason text NOT NULL
);
"""

_IDEMPOTENCY_KEY = """
CREATE TABLE idempotency_key (
    actor text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    status int NOT NULL,
    resource_id text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (actor, route, key)
);
CREATE INDEX idx_idempotency_key_created_at ON idempotency_key (created_at);
"""
