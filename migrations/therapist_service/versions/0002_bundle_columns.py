"""What the bundle system asks of a therapist: preferences, hours, and copies of contact dates."""

from alembic import op

revision = "0002_bundle_columns"
down_revision = "0001_therapists"

_UP = """
ALTER TABLE therapists
    ADD COLUMN next_contactable_date DATE,
    ADD COLUMN last_contact_date DATE,
    ADD COLUMN preferred_diagnoses JSONB,
    ADD COLUMN age_min INTEGER,
    ADD COLUMN age_max INTEGER,
    ADD COLUMN gender_preference VARCHAR(50),
    ADD COLUMN group_therapy_preference BOOLEAN,
    ADD COLUMN working_hours JSONB,
    ADD CONSTRAINT ck_therapists_preferred_diagnoses
        CHECK (jsonb_typeof(preferred_diagnoses) = 'array'),
    ADD CONSTRAINT ck_therapists_ages CHECK (
        age_min >= 0 AND age_max >= 0 AND (age_min <= age_max OR age_max = 0)),
    ADD CONSTRAINT ck_therapists_gender_preference
        CHECK (gender_preference IN ('male', 'female', 'any'));
"""

_DOWN = """
ALTER TABLE therapists
    DROP COLUMN next_contactable_date,
    DROP COLUMN last_contact_date,
    DROP COLUMN preferred_diagnoses,
    DROP COLUMN age_min,
    DROP COLUMN age_max,
    DROP COLUMN gender_preference,
    DROP COLUMN group_therapy_preference,
    DROP COLUMN working_hours;
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute(_DOWN)
