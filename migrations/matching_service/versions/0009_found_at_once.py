"""What planning looks for is found at once: bundles of a wave, and who lives near."""

from alembic import op

revision = "0009_found_at_once"
down_revision = "0008_discarded_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE INDEX idx_therapeutenanfrage_wave ON therapeutenanfrage ((planner ->> 'wave'));
        CREATE INDEX idx_patient_snapshot_place ON patient_snapshot (latitude, longitude);
        CREATE INDEX idx_patient_snapshot_far ON patient_snapshot (patient_id) WHERE max_km > 50;
        """
    )


def downgrade() -> None:
    op.execute(
        """
        DROP INDEX idx_therapeutenanfrage_wave, idx_patient_snapshot_place,
            idx_patient_snapshot_far;
        """
    )
