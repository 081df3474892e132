"""Outgoing and incoming events, repeated requests."""

from migrations.plumbing import create_plumbing_tables, drop_plumbing_tables

revision = "0001_plumbing"
down_revision = None


def upgrade() -> None:
    create_plumbing_tables()


def downgrade() -> None:
    drop_plumbing_tables()
