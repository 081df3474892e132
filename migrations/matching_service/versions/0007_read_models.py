"""What matching knows about patients and therapists: copies that their services own.

`version` guards against old news. `changed_xid` lets a snapshot in memory catch up: it reads the
rows whose writing transaction was not finished when it looked last.
"""

from alembic import op

revision = "0007_read_models"
down_revision = "0006_staff_work"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_PATIENT_SNAPSHOT)
    op.execute(_THERAPIST_SNAPSHOT)
    op.execute(_CHANGED_XID)


def downgrade() -> None:
    op.execute("DROP TABLE therapist_snapshot, patient_snapshot; DROP FUNCTION note_changed_xid()")


_PATIENT_SNAPSHOT = """
CREATE TABLE patient_snapshot (
    patient_id int PRIMARY KEY,
    version int NOT NULL,
    deleted boolean NOT NULL DEFAULT false,
    status varchar(50),
    latitude double precision,
    longitude double precision,
    place_status varchar(50) NOT NULL DEFAULT 'unknown',
    plz varchar(5),
    max_km int,
    travel_mode varchar(50),
    geschlecht varchar(50),
    geburtsdatum date,
    diagnose varchar(50),
    versicherungsart varchar(50),
    sprachen text[] NOT NULL DEFAULT '{}',
    verfahren text,
    therapist_gender_preference varchar(50),
    group_ok boolean NOT NULL DEFAULT false,
    only_group boolean NOT NULL DEFAULT false,
    availability jsonb,
    excluded_therapists int[] NOT NULL DEFAULT '{}',
    vertraege_unterschrieben boolean NOT NULL DEFAULT false,
    psychotherapieerfahrung boolean,
    letzte_therapie_ende date,
    changed_xid xid8 NOT NULL,
    CONSTRAINT ck_patient_snapshot_place_status CHECK (
        place_status IN ('exact', 'approximate', 'pending', 'unknown'))
);
CREATE INDEX idx_patient_snapshot_changed_xid ON patient_snapshot (changed_xid);
CREATE INDEX idx_patient_snapshot_plz ON patient_snapshot (plz text_pattern_ops);
"""

_THERAPIST_SNAPSHOT = """
CREATE TABLE therapist_snapshot (
    therapist_id int PRIMARY KEY,
    version int NOT NULL,
    deleted boolean NOT NULL DEFAULT false,
    mailbox_id bigint NOT NULL CONSTRAINT fk_therapist_snapshot_mailbox REFERENCES mailbox,
    mailbox_key text NOT NULL,
    status varchar(50) NOT NULL,
    latitude double precision,
    longitude double precision,
    place_status varchar(50) NOT NULL DEFAULT 'unknown',
    plz varchar(5),
    kassensitz boolean,
    geschlecht varchar(50),
    verfahren text[] NOT NULL DEFAULT '{}',
    altersgruppe varchar(50),
    sprachen text[] NOT NULL DEFAULT '{}',
    has_email boolean NOT NULL DEFAULT false,
    has_phone boolean NOT NULL DEFAULT false,
    kontakt_wieder_ab date,
    opted_out boolean NOT NULL DEFAULT false,
    potentially_available boolean NOT NULL DEFAULT false,
    free_from date,
    preferred_diagnoses text[] NOT NULL DEFAULT '{}',
    age_min int,
    age_max int,
    gender_preference varchar(50),
    group_therapy_preference boolean,
    working_hours jsonb,
    changed_xid xid8 NOT NULL,
    CONSTRAINT ck_therapist_snapshot_place_status CHECK (
        place_status IN ('exact', 'approximate', 'pending', 'unknown'))
);
CREATE INDEX idx_therapist_snapshot_changed_xid ON therapist_snapshot (changed_xid);
CREATE INDEX idx_therapist_snapshot_mailbox ON therapist_snapshot (mailbox_id);
CREATE INDEX idx_therapist_snapshot_plz ON therapist_snapshot (plz text_pattern_ops);
"""

_CHANGED_XID = """
CREATE FUNCTION note_changed_xid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END $$;

CREATE TRIGGER note_changed_xid BEFORE INSERT OR UPDATE ON patient_snapshot
    FOR EACH ROW EXECUTE FUNCTION note_changed_xid();
CREATE TRIGGER note_changed_xid BEFORE INSERT OR UPDATE ON therapist_snapshot
    FOR EACH ROW EXECUTE FUNCTION note_changed_xid();
"""
