"""The log takes whatever services tell of contacts with a patient or about one; each event once."""

from alembic import op

revision = "0008_contact_kinds"
down_revision = "0007_likely_duplicates"


def upgrade() -> None:
    op.execute(_KINDS)


def downgrade() -> None:
    op.execute(_BACK)


# therapist_id: whom the contact about the patient was with; NULL: with the patient.
# ref names what the contact is known from, and where more is told; what staff note has none.
# detail: a purpose, an outcome or a reason, as a slug. actor: who wrote, called or answered; NULL:
# nobody but the program.
_KINDS = """
ALTER TABLE contact_log
    ADD COLUMN kind text NOT NULL DEFAULT 'noted' CONSTRAINT ck_contact_log_kind CHECK (kind IN (
        'noted', 'email_sent', 'email_unknown', 'call_scheduled', 'call_completed',
        'call_not_reached', 'answered', 'answer_corrected')),
    ADD COLUMN detail text,
    ADD COLUMN actor text,
    ADD COLUMN therapist_id int,
    ADD COLUMN event_id uuid,
    DROP CONSTRAINT uq_contact_log_ref,
    ADD CONSTRAINT uq_contact_log_event UNIQUE (patient_id, event_id);
UPDATE contact_log SET kind = 'email_sent' WHERE ref IS NOT NULL;
UPDATE contact_log SET actor = recorded_by WHERE ref IS NULL;
ALTER TABLE contact_log
    ALTER COLUMN kind DROP DEFAULT,
    ADD CONSTRAINT ck_contact_log_ref CHECK ((kind = 'noted') = (ref IS NULL)),
    ADD CONSTRAINT ck_contact_log_with CHECK (kind <> 'noted' OR therapist_id IS NULL);
CREATE UNIQUE INDEX uq_contact_log_mail ON contact_log (patient_id, ref) WHERE kind = 'email_sent';
"""

# The old shape knows notes, and mails to the patient only.
_BACK = """
DELETE FROM contact_log WHERE kind NOT IN ('noted', 'email_sent') OR therapist_id IS NOT NULL;
DROP INDEX uq_contact_log_mail;
ALTER TABLE contact_log
    DROP CONSTRAINT ck_contact_log_with,
    DROP CONSTRAINT ck_contact_log_ref,
    DROP CONSTRAINT uq_contact_log_event,
    DROP COLUMN event_id, DROP COLUMN therapist_id, DROP COLUMN actor, DROP COLUMN detail,
    DROP COLUMN kind,
    ADD CONSTRAINT uq_contact_log_ref UNIQUE (patient_id, ref);
"""
