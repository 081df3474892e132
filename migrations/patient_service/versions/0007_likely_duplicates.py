"""Who may be the same person is found by birth date, postcode or the id at the record's source."""

from alembic import op

revision = "0007_likely_duplicates"
down_revision = "0006_following"

_UP = """
CREATE INDEX idx_patients_geburtsdatum ON patients (geburtsdatum);
CREATE INDEX idx_patients_birth_date_unknown ON patients (plz) WHERE geburtsdatum IS NULL;
CREATE INDEX idx_patients_external_id ON patients (external_id, source)
    WHERE external_id IS NOT NULL;
"""

_DOWN = """
DROP INDEX idx_patients_external_id;
DROP INDEX idx_patients_birth_date_unknown;
DROP INDEX idx_patients_geburtsdatum;
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute(_DOWN)
