"""Staff are told again when something else has changed since they were told."""

from alembic import op

revision = "0011_hints_again"
down_revision = "0010_sending_pace"


def upgrade() -> None:
    op.execute(_SEQUELS)


def downgrade() -> None:
    op.execute(_BACK)


# sequel: how many hints of that purpose went before; of all other letters there is only the first.
_SEQUELS = """
ALTER TABLE emails
    ADD COLUMN sequel int NOT NULL DEFAULT 0,
    DROP CONSTRAINT uq_emails_bundle_purpose,
    ADD CONSTRAINT uq_emails_bundle_purpose UNIQUE (bundle_id, purpose, sequel),
    ADD CONSTRAINT ck_emails_sequel CHECK (
        sequel = 0
        OR (sequel > 0 AND purpose IN ('consent_missing', 'corrected_too_late')));
"""

# The old shape holds the first hint only. The guard against forgetting stands aside for it.
_BACK = """
ALTER TABLE emails DISABLE TRIGGER emails_never_forgotten;
DELETE FROM emails WHERE sequel > 0;
ALTER TABLE emails ENABLE TRIGGER emails_never_forgotten;
ALTER TABLE emails
    DROP CONSTRAINT ck_emails_sequel,
    DROP CONSTRAINT uq_emails_bundle_purpose,
    DROP COLUMN sequel,
    ADD CONSTRAINT uq_emails_bundle_purpose UNIQUE (bundle_id, purpose);
"""
