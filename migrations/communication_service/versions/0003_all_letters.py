"""Letters of every purpose: to practices, to patients, to our own staff."""

from alembic import op

revision = "0003_all_letters"
down_revision = "0002_discarded_events"


def upgrade() -> None:
    op.execute(_ADDRESSEES)
    op.execute(_PURPOSES)
    op.execute(_RELEASE)


def downgrade() -> None:
    op.execute(_BACK)


# therapist_id or patient_id is whom the mail goes to; neither: our own staff.
# search_id: the search that a patient's letter is about; about_therapist_id: whose place it offers.
_ADDRESSEES = """
ALTER TABLE emails
    ALTER COLUMN therapist_id DROP NOT NULL,
    ADD COLUMN patient_id int,
    ADD COLUMN search_id int,
    ADD COLUMN about_therapist_id int,
    ADD COLUMN due_at timestamptz,
    ADD COLUMN released_by text;
CREATE UNIQUE INDEX uq_emails_search_purpose
    ON emails (search_id, purpose, about_therapist_id) NULLS NOT DISTINCT
    WHERE search_id IS NOT NULL;
CREATE INDEX idx_emails_patient_id ON emails (patient_id) WHERE patient_id IS NOT NULL;
"""

# A purpose says whom its mail goes to: no letter of one kind can reach readers of another.
_PURPOSES = """
ALTER TABLE emails
    DROP CONSTRAINT ck_emails_purpose,
    ADD CONSTRAINT ck_emails_purpose CHECK (purpose IN (
        'inquiry', 'reminder', 'confirmation', 'conflict_notice', 'withdrawal_notice',
        'search_started', 'therapist_accepted', 'search_ended',
        'consent_missing', 'corrected_too_late')),
    ADD CONSTRAINT ck_emails_addressee CHECK (CASE
        WHEN purpose IN ('search_started', 'therapist_accepted', 'search_ended')
            THEN patient_id IS NOT NULL AND search_id IS NOT NULL
                AND therapist_id IS NULL AND bundle_id IS NULL
                AND (purpose = 'therapist_accepted') = (about_therapist_id IS NOT NULL)
        WHEN purpose IN ('consent_missing', 'corrected_too_late')
            THEN bundle_id IS NOT NULL AND therapist_id IS NULL
                AND patient_id IS NULL AND search_id IS NULL
        ELSE therapist_id IS NOT NULL AND patient_id IS NULL AND search_id IS NULL
    END);
"""

# Whatever else a program believes: these wait for a person, and the row says for whom they waited.
_RELEASE = """
ALTER TABLE emails ADD CONSTRAINT ck_emails_released CHECK (
    state = 'DRAFT' OR released_by IS NOT NULL OR purpose NOT IN (
        'conflict_notice', 'search_started', 'therapist_accepted', 'search_ended'));
"""

# What the old shape cannot hold goes: letters to patients and hints to staff, sent or not, and
# the later letters of an inquiry. The guard against forgetting stands aside for it.
_BACK = """
ALTER TABLE emails DISABLE TRIGGER emails_never_forgotten;
DELETE FROM emails WHERE purpose <> 'inquiry';
ALTER TABLE emails ENABLE TRIGGER emails_never_forgotten;
DROP INDEX uq_emails_search_purpose, idx_emails_patient_id;
ALTER TABLE emails
    DROP CONSTRAINT ck_emails_released,
    DROP CONSTRAINT ck_emails_addressee,
    DROP CONSTRAINT ck_emails_purpose,
    ADD CONSTRAINT ck_emails_purpose CHECK (purpose IN ('inquiry')),
    DROP COLUMN released_by,
    DROP COLUMN due_at,
    DROP COLUMN about_therapist_id,
    DROP COLUMN search_id,
    DROP COLUMN patient_id,
    ALTER COLUMN therapist_id SET NOT NULL;
"""
