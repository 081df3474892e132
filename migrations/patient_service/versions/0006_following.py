"""Patients follow their newest search, and therapists whose records were merged."""

from alembic import op

revision = "0006_following"
down_revision = "0005_contact_log"

_UP = """
ALTER TABLE patients ADD COLUMN followed_search int;

CREATE TABLE merged_therapist (
    therapist_id int PRIMARY KEY,
    survivor_id int NOT NULL,
    merged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT ck_merged_therapist_survivor CHECK (survivor_id <> therapist_id)
);
CREATE INDEX idx_merged_therapist_survivor ON merged_therapist (survivor_id);
CREATE INDEX idx_patients_excluded ON patients USING gin (ausgeschlossene_therapeuten);
"""

_DOWN = """
DROP INDEX idx_patients_excluded;
DROP TABLE merged_therapist;
ALTER TABLE patients DROP COLUMN followed_search;
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute(_DOWN)
