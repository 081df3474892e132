"""Contacts with patients: written once, kept as long as the patient, never changed."""

from alembic import op

revision = "0005_contact_log"
down_revision = "0004_found_by_name"

# Many events may tell of the same contact, and a mail may concern several patients: `ref` names
# what it was, once per patient. The note is stored encrypted.
_CONTACT_LOG = """
CREATE TABLE contact_log (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    patient_id int NOT NULL
        CONSTRAINT fk_contact_log_patient REFERENCES patients ON DELETE CASCADE,
    at timestamptz NOT NULL,
    channel text NOT NULL CONSTRAINT ck_contact_log_channel
        CHECK (channel IN ('email', 'phone', 'letter', 'portal', 'in_person')),
    direction text NOT NULL CONSTRAINT ck_contact_log_direction
        CHECK (direction IN ('outgoing', 'incoming')),
    note text,
    ref text,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by text NOT NULL,
    CONSTRAINT uq_contact_log_ref UNIQUE (patient_id, ref)
);
CREATE INDEX idx_contact_log_patient_at ON contact_log (patient_id, at, id);
REVOKE UPDATE, DELETE ON contact_log FROM patient_service_app;
"""


def upgrade() -> None:
    op.execute(_CONTACT_LOG)


def downgrade() -> None:
    op.execute("DROP TABLE contact_log")
