"""Parked events that somebody has given up on."""

from migrations.plumbing import create_discard_register, drop_discard_register

revision = "0003_discarded_events"
down_revision = "0002_bundle_columns"


def upgrade() -> None:
    create_discard_register("patient_service")


def downgrade() -> None:
    drop_discard_register()
