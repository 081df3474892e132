"""Parked events that somebody has given up on."""

from migrations.plumbing import create_discard_register, drop_discard_register

revision = "0002_discarded_events"
down_revision = "0001_emails"


def upgrade() -> None:
    create_discard_register("communication_service")


def downgrade() -> None:
    drop_discard_register()
