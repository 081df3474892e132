"""Therapists are found by any part of their name, email, phone, by `q` of their list."""

from alembic import op

from migrations.plumbing import make_searchable, make_unsearchable

revision = "0005_found_by_name"
down_revision = "0004_discarded_events"


def upgrade() -> None:
    make_searchable(
        "therapists", words=("vorname", "nachname", "plz", "email"), phones=("telefon",)
    )
    op.execute("DROP INDEX idx_therapists_status")
    op.execute("CREATE INDEX idx_therapists_status ON therapists (status, created_at, id)")


def downgrade() -> None:
    op.execute("DROP INDEX idx_therapists_status")
    op.execute("CREATE INDEX idx_therapists_status ON therapists (status)")
    make_unsearchable("therapists")
