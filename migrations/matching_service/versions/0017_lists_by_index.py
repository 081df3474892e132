"""Lists of searches and conflicts are read by an index, whatever they are sorted by.

What planning remembers asks for people by id; nobody looks for rows by `changed_xid`.
"""

from alembic import op

revision = "0017_lists_by_index"
down_revision = "0016_event_stream"
branch_labels = None
depends_on = None

# Rather fail than wait for a long transaction while everybody else waits behind the migration.
_DO_NOT_QUEUE = "SET LOCAL lock_timeout = '5s';"


def upgrade() -> None:
    op.execute(
        _DO_NOT_QUEUE
        + """
        CREATE INDEX idx_platzsuche_waiting_since ON platzsuche (waiting_since, id);
        CREATE INDEX idx_conflict_created_at ON conflict (created_at, id);
        CREATE INDEX idx_conflict_listed ON conflict (state, created_at, id);
        DROP INDEX idx_conflict_state, idx_patient_snapshot_changed_xid,
            idx_therapist_snapshot_changed_xid;
        """
    )


def downgrade() -> None:
    op.execute(
        _DO_NOT_QUEUE
        + """
        CREATE INDEX idx_therapist_snapshot_changed_xid ON therapist_snapshot (changed_xid);
        CREATE INDEX idx_patient_snapshot_changed_xid ON patient_snapshot (changed_xid);
        CREATE INDEX idx_conflict_state ON conflict (state, id);
        DROP INDEX idx_conflict_listed, idx_conflict_created_at, idx_platzsuche_waiting_since;
        """
    )
