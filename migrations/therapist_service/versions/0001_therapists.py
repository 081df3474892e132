"""Therapists as v1 knows them, with what identity, mailbox and place need beside it."""

from alembic import op

from migrations.plumbing import create_plumbing_tables, drop_plumbing_tables

revision = "0001_therapists"
down_revision = None

# mailbox_key: HMAC of the first channel known, computed by the service on every write.
# delisted_on: the importer's own mark on who has left the directory; staff's status has none.
_THERAPISTS = """
CREATE TABLE therapists (
    id serial PRIMARY KEY,
    anrede text,
    titel text,
    vorname text NOT NULL,
    nachname text NOT NULL,
    strasse text,
    plz text CONSTRAINT ck_therapists_plz CHECK (plz ~ '^[0-9]{5}$'),
    ort text,
    telefon text,
    fax text,
    email text,
    webseite text,
    kassensitz boolean,
    geschlecht text CONSTRAINT ck_therapists_geschlecht
        CHECK (geschlecht IN ('männlich', 'weiblich', 'divers', 'keine_Angabe')),
    altersgruppe text CONSTRAINT ck_therapists_altersgruppe
        CHECK (altersgruppe IN ('erwachsene', 'kinder_jugendliche', 'beide')),
    telefonische_erreichbarkeit jsonb,
    fremdsprachen text[] NOT NULL DEFAULT '{}',
    psychotherapieverfahren text[] NOT NULL DEFAULT '{}',
    zusatzqualifikationen text,
    besondere_leistungsangebote text,
    letzter_kontakt_email date,
    letzter_kontakt_telefon date,
    letztes_persoenliches_gespraech date,
    freie_einzeltherapieplaetze_ab date,
    freie_gruppentherapieplaetze_ab date,
    potentially_available boolean NOT NULL DEFAULT false,
    potentially_available_notes text,
    status text NOT NULL DEFAULT 'aktiv' CONSTRAINT ck_therapists_status
        CHECK (status IN ('aktiv', 'gesperrt', 'inaktiv')),
    sperrgrund text,
    sperrdatum date,
    kontakt_wieder_ab date,
    kein_kontakt jsonb,
    delisted_on date,
    source text,
    external_id text,
    notes text,
    mailbox_key text NOT NULL CONSTRAINT ck_therapists_mailbox_key
        CHECK (mailbox_key ~ '^[0-9a-f]{64}$'),
    latitude double precision,
    longitude double precision,
    place_status text NOT NULL DEFAULT 'pending' CONSTRAINT ck_therapists_place_status
        CHECK (place_status IN ('exact', 'approximate', 'pending', 'unknown')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by text NOT NULL,
    updated_by text NOT NULL,
    version int NOT NULL DEFAULT 1,
    CONSTRAINT ck_therapists_block_is_dated
        CHECK (status <> 'gesperrt' OR sperrdatum IS NOT NULL),
    CONSTRAINT ck_therapists_place CHECK (
        (place_status IN ('exact', 'approximate')) = (latitude IS NOT NULL)
        AND (latitude IS NULL) = (longitude IS NULL))
);
CREATE INDEX idx_therapists_created_at ON therapists (created_at, id);
CREATE INDEX idx_therapists_status ON therapists (status);
CREATE INDEX idx_therapists_plz ON therapists (plz text_pattern_ops);
CREATE INDEX idx_therapists_external_id ON therapists (external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX idx_therapists_mailbox_key ON therapists (mailbox_key);
CREATE INDEX idx_therapists_place_pending ON therapists (id) WHERE place_status = 'pending';
"""


def upgrade() -> None:
    create_plumbing_tables()
    op.execute(_THERAPISTS)


def downgrade() -> None:
    op.execute("DROP TABLE therapists")
    drop_plumbing_tables()
