"""What geocoder and router have said, until it expires; and whose turn it is to ask.

No row says where anybody lives: a question is a keyed hash, a geocoder's answer is sealed with a
key made from its question, and a route has neither beginning nor end.
"""

from alembic import op

revision = "0003_lookups"
down_revision = "0002_discarded_events"


def upgrade() -> None:
    op.execute(_GEOCODE)
    op.execute(_ROUTE)
    op.execute(_TURN)


def downgrade() -> None:
    op.execute("DROP TABLE turn, route, geocode")


_GEOCODE = """
CREATE TABLE geocode (
    question bytea PRIMARY KEY CONSTRAINT ck_geocode_question CHECK (octet_length(question) = 32),
    answer bytea,  -- NULL: the geocoder knows no such place
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CONSTRAINT ck_geocode_expires CHECK (expires_at > asked_at)
);
CREATE INDEX idx_geocode_expires_at ON geocode (expires_at);
"""

_ROUTE = """
CREATE TABLE route (
    question bytea PRIMARY KEY CONSTRAINT ck_route_question CHECK (octet_length(question) = 32),
    metres double precision CONSTRAINT ck_route_metres CHECK (metres BETWEEN 0 AND 1e8),
    seconds double precision CONSTRAINT ck_route_seconds CHECK (seconds BETWEEN 0 AND 1e8),
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CONSTRAINT ck_route_expires CHECK (expires_at > asked_at),
    -- Neither: the router knows both places and no way between them.
    CONSTRAINT ck_route_whole CHECK ((metres IS NULL) = (seconds IS NULL))
);
CREATE INDEX idx_route_expires_at ON route (expires_at);
"""

# The rows come with the schema: a program can take a turn, but neither forget nor invent a queue.
_TURN = """
CREATE TABLE turn (
    server text PRIMARY KEY,
    free_from timestamptz NOT NULL
);
INSERT INTO turn VALUES ('nominatim', 'epoch');
REVOKE INSERT, DELETE ON turn FROM geocoding_service_app;
"""
