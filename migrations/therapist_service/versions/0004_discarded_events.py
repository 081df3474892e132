"""Parked events that somebody has given up on."""

from migrations.plumbing import create_discard_register, drop_discard_register

revision = "0004_discarded_events"
down_revision = "0003_scraper_imports"


def upgrade() -> None:
    create_discard_register("therapist_service")


def downgrade() -> None:
    drop_discard_register()
