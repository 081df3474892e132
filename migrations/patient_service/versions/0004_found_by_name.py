"""Patients are found by any part of their name, email, phone, by `q` of their list."""

from alembic import op

from migrations.plumbing import make_searchable, make_unsearchable

revision = "0004_found_by_name"
down_revision = "0003_discarded_events"


def upgrade() -> None:
    make_searchable("patients", words=("vorname", "nachname", "plz", "email"), phones=("telefon",))
    op.execute("DROP INDEX idx_patients_status")
    op.execute("CREATE INDEX idx_patients_status ON patients (status, created_at, id)")


def downgrade() -> None:
    op.execute("DROP INDEX idx_patients_status")
    op.execute("CREATE INDEX idx_patients_status ON patients (status)")
    make_unsearchable("patients")
