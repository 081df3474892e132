"""Two therapists turned out to be one: what was promised to the one who is gone holds for the
one who stays."""

from alembic import op

revision = "0012_merged_therapists"
down_revision = "0011_placement_requests"
branch_labels = None
depends_on = None

# survivor_id moves on when the survivor is merged in turn. mailbox_id is where the one who is gone
# received mail last.
_UP = """
CREATE TABLE merged_therapist (
    therapist_id int PRIMARY KEY,
    survivor_id int NOT NULL,
    mailbox_id bigint NOT NULL CONSTRAINT fk_merged_therapist_mailbox REFERENCES mailbox,
    merged_at timestamptz NOT NULL
);
CREATE INDEX idx_merged_therapist_survivor ON merged_therapist (survivor_id);
REVOKE UPDATE, DELETE ON merged_therapist FROM matching_service_app;
GRANT UPDATE (survivor_id) ON merged_therapist TO matching_service_app;
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute("DROP TABLE merged_therapist")
