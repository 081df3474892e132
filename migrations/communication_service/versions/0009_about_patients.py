"""Mails to practices and calls say whom they are about, for the patients' logs of contacts."""

from alembic import op

revision = "0009_about_patients"
down_revision = "0008_wishes_follow"


def upgrade() -> None:
    for table in ("emails", "phone_calls"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN about_patient_ids integer[] DEFAULT '{{}}' NOT NULL"
        )


def downgrade() -> None:
    for table in ("emails", "phone_calls"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN about_patient_ids")
