"""The bundles of a wave are found by its id, however many inquiries there are."""

from alembic import op

revision = "0009_waves_by_id"
down_revision = "0008_discarded_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE INDEX idx_therapeutenanfrage_wave ON therapeutenanfrage ((planner ->> 'wave'));
        CREATE INDEX idx_therapeutenanfrage_over ON therapeutenanfrage (therapist_id)
            WHERE state IN ('answered', 'closed');
        """
    )


def downgrade() -> None:
    op.execute("DROP INDEX idx_therapeutenanfrage_wave, idx_therapeutenanfrage_over")
