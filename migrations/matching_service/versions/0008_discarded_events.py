"""Parked events that somebody has given up on."""

from migrations.plumbing import create_discard_register, drop_discard_register

revision = "0008_discarded_events"
down_revision = "0007_read_models"


def upgrade() -> None:
    create_discard_register("matching_service")


def downgrade() -> None:
    drop_discard_register()
