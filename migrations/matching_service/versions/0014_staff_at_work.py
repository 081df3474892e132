"""What staff look at: who could be asked nearby, and everything that waits for a person.

A conflict that nobody has resolved is a task as well.
"""

from alembic import op

revision = "0014_staff_at_work"
down_revision = "0013_corrections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_NEAR)
    op.execute(_TASKS)
    op.execute(_CONFLICTS_SO_FAR)


def downgrade() -> None:
    op.execute(
        """
        DROP INDEX uq_task_of_acceptance, idx_task_listed, idx_therapist_snapshot_place;
        ALTER TABLE task DROP COLUMN note;
        """
    )


_NEAR = "CREATE INDEX idx_therapist_snapshot_place ON therapist_snapshot (latitude, longitude)"

# One task of a kind for one acceptance: once a person has done it, no job opens it again. One that
# was closed because its reason went away may come back with the reason.
_TASKS = """
ALTER TABLE task ADD COLUMN note text;
CREATE INDEX idx_task_listed ON task ((done_at IS NOT NULL), due_on, id);
CREATE UNIQUE INDEX uq_task_of_acceptance ON task (kind, ref_id, (detail ->> 'accepted_at'))
    WHERE kind IN ('no_first_meeting', 'no_decision') AND done_by IS DISTINCT FROM 'system';
"""

_CONFLICTS_SO_FAR = """
INSERT INTO task (kind, ref_table, ref_id, due_on, created_at)
SELECT kind, 'conflict', id, berlin_date(created_at), created_at
FROM conflict WHERE state <> 'resolved'
ON CONFLICT DO NOTHING
"""
