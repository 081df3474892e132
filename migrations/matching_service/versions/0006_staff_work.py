"""What waits for a person (conflicts, tasks) and plans that staff have previewed."""

from alembic import op

revision = "0006_staff_work"
down_revision = "0005_inquiries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_CONFLICT)
    op.execute(_TASK)
    op.execute(_BUNDLE_PLAN)


def downgrade() -> None:
    op.execute("DROP TABLE bundle_plan, task, conflict")


_CONFLICT = """
CREATE TABLE conflict (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind varchar(50) NOT NULL,
    state varchar(50) NOT NULL DEFAULT 'open',
    platzsuche_id int NOT NULL CONSTRAINT fk_conflict_platzsuche REFERENCES platzsuche,
    winner_row_id int CONSTRAINT fk_conflict_winner_row REFERENCES therapeut_anfrage_patient,
    loser_row_id int NOT NULL CONSTRAINT fk_conflict_loser_row
        REFERENCES therapeut_anfrage_patient,
    loser_inquiry_id int NOT NULL CONSTRAINT fk_conflict_loser_inquiry
        REFERENCES therapeutenanfrage,
    responded_at timestamptz NOT NULL,
    resolution varchar(50),
    notes text,
    resolved_by varchar(255),
    resolved_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    version int NOT NULL DEFAULT 1,
    CONSTRAINT ck_conflict_kind CHECK (kind IN ('conflict', 'late_acceptance')),
    CONSTRAINT ck_conflict_state CHECK (state IN ('open', 'promotable', 'resolved')),
    CONSTRAINT ck_conflict_resolution CHECK (resolution IN (
        'keep', 'swap', 'offered_alternative', 'therapist_informed', 'moot')),
    CONSTRAINT ck_conflict_resolved CHECK ((state = 'resolved') = (resolution IS NOT NULL
        AND resolved_by IS NOT NULL AND resolved_at IS NOT NULL))
);
CREATE INDEX idx_conflict_state ON conflict (state, id);
CREATE INDEX idx_conflict_platzsuche ON conflict (platzsuche_id);
CREATE INDEX idx_conflict_loser_inquiry ON conflict (loser_inquiry_id);
CREATE UNIQUE INDEX uq_conflict_unresolved ON conflict (loser_row_id) WHERE state <> 'resolved';
"""

# One open task per thing and kind: a job that runs twice opens nothing twice.
_TASK = """
CREATE TABLE task (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind varchar(50) NOT NULL,
    ref_table varchar(63) NOT NULL,
    ref_id bigint NOT NULL,
    due_on date NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    done_at timestamptz,
    done_by varchar(255),
    detail jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT ck_task_done CHECK ((done_at IS NULL) = (done_by IS NULL))
);
CREATE INDEX idx_task_open ON task (due_on, id) WHERE done_at IS NULL;
CREATE UNIQUE INDEX uq_task_open ON task (kind, ref_table, ref_id) WHERE done_at IS NULL;
"""

_BUNDLE_PLAN = """
CREATE TABLE bundle_plan (
    plan_id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by varchar(255) NOT NULL,
    request jsonb NOT NULL,
    plan jsonb NOT NULL
);
CREATE INDEX idx_bundle_plan_created_at ON bundle_plan (created_at);
"""
