"""One therapist, one row: merged identities, and who decided what and spoke with whom, when."""

from alembic import op

revision = "0006_merged_therapists"
down_revision = "0005_found_by_name"

# ref names what the contact is known from (email:12), so that it is written down once.
_CONTACT_LOG = """
CREATE TABLE contact_log (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    therapist_id int NOT NULL
        CONSTRAINT fk_contact_log_therapist REFERENCES therapists ON DELETE CASCADE,
    at timestamptz NOT NULL,
    channel text NOT NULL CONSTRAINT ck_contact_log_channel
        CHECK (channel IN ('email', 'phone', 'letter', 'portal', 'in_person')),
    direction text NOT NULL CONSTRAINT ck_contact_log_direction
        CHECK (direction IN ('outgoing', 'incoming')),
    note text,
    ref text CONSTRAINT uq_contact_log_ref UNIQUE,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by text NOT NULL
);
CREATE INDEX idx_contact_log_therapist ON contact_log (therapist_id, at, id);
"""

_HISTORY = """
CREATE TABLE therapist_history (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    therapist_id int NOT NULL
        CONSTRAINT fk_therapist_history_therapist REFERENCES therapists ON DELETE CASCADE,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    field text NOT NULL CONSTRAINT ck_therapist_history_field
        CHECK (field IN ('status', 'sperrgrund', 'kein_kontakt', 'kontakt_wieder_ab')),
    before jsonb,
    after jsonb
);
CREATE INDEX idx_therapist_history_therapist ON therapist_history (therapist_id, at, id);
"""

# survivor_id moves on when the survivor is merged in turn, and is never itself a merged id.
_MERGED = """
CREATE TABLE merged_therapist (
    therapist_id int PRIMARY KEY,
    survivor_id int NOT NULL
        CONSTRAINT fk_merged_therapist_survivor REFERENCES therapists ON DELETE CASCADE,
    merged_at timestamptz NOT NULL,
    merged_by text NOT NULL,
    reason text NOT NULL,
    external_id text,
    titel text,
    vorname text NOT NULL,
    nachname text NOT NULL,
    strasse text,
    plz text,
    ort text,
    email text
);
CREATE INDEX idx_merged_therapist_survivor ON merged_therapist (survivor_id);
CREATE INDEX idx_merged_therapist_plz ON merged_therapist (plz);
CREATE INDEX idx_merged_therapist_external_id ON merged_therapist (external_id)
    WHERE external_id IS NOT NULL;
"""

# The program adds; rows go to a survivor or away with their therapist, and never change.
_PRIVILEGES = """
REVOKE UPDATE, DELETE ON contact_log, therapist_history, merged_therapist
    FROM therapist_service_app;
GRANT UPDATE (therapist_id) ON contact_log, therapist_history TO therapist_service_app;
GRANT UPDATE (survivor_id) ON merged_therapist TO therapist_service_app;
"""

_DUPLICATES = """
CREATE INDEX idx_therapists_email ON therapists (lower(email));
CREATE INDEX idx_therapists_telefon ON therapists (dialled(telefon));
"""


def upgrade() -> None:
    op.execute(_CONTACT_LOG)
    op.execute(_HISTORY)
    op.execute(_MERGED)
    op.execute(_PRIVILEGES)
    op.execute(_DUPLICATES)


def downgrade() -> None:
    op.execute("DROP INDEX idx_therapists_telefon, idx_therapists_email")
    op.execute("DROP TABLE merged_therapist, therapist_history, contact_log")
