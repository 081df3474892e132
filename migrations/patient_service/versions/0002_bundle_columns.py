"""The bundle system's columns take over from five v1 columns that said the same.

Up moves their values over and drops them; down brings them back with their values.
"""

from alembic import op

revision = "0002_bundle_columns"
down_revision = "0001_patients"

_UP = """
ALTER TABLE patients
    ADD COLUMN max_travel_distance_km INTEGER,
    ADD COLUMN travel_mode VARCHAR(50),
    ADD COLUMN availability_schedule JSONB,
    ADD COLUMN therapist_gender_preference VARCHAR(50),
    ADD COLUMN group_therapy_preference BOOLEAN DEFAULT FALSE;

UPDATE patients SET
    max_travel_distance_km = (raeumliche_verfuegbarkeit->>'max_km')::int,
    travel_mode = CASE verkehrsmittel WHEN 'Auto' THEN 'car' WHEN 'ÖPNV' THEN 'transit' END,
    availability_schedule = zeitliche_verfuegbarkeit,
    therapist_gender_preference = CASE bevorzugtes_therapeutengeschlecht
        WHEN 'Männlich' THEN 'male' WHEN 'Weiblich' THEN 'female' WHEN 'Egal' THEN 'any' END,
    group_therapy_preference = coalesce(offen_fuer_gruppentherapie, false);

ALTER TABLE patients
    ALTER COLUMN group_therapy_preference SET NOT NULL,
    ADD CONSTRAINT ck_patients_max_travel_distance_km
        CHECK (max_travel_distance_km BETWEEN 1 AND 1000),
    ADD CONSTRAINT ck_patients_travel_mode CHECK (travel_mode IN ('car', 'transit')),
    ADD CONSTRAINT ck_patients_therapist_gender_preference
        CHECK (therapist_gender_preference IN ('male', 'female', 'any')),
    DROP COLUMN raeumliche_verfuegbarkeit,
    DROP COLUMN verkehrsmittel,
    DROP COLUMN zeitliche_verfuegbarkeit,
    DROP COLUMN bevorzugtes_therapeutengeschlecht,
    DROP COLUMN offen_fuer_gruppentherapie;
"""

_DOWN = """
ALTER TABLE patients
    ADD COLUMN raeumliche_verfuegbarkeit jsonb,
    ADD COLUMN verkehrsmittel text,
    ADD COLUMN zeitliche_verfuegbarkeit jsonb,
    ADD COLUMN bevorzugtes_therapeutengeschlecht text,
    ADD COLUMN offen_fuer_gruppentherapie boolean;

UPDATE patients SET
    raeumliche_verfuegbarkeit = CASE WHEN max_travel_distance_km IS NOT NULL
        THEN jsonb_build_object('max_km', max_travel_distance_km) END,
    verkehrsmittel = CASE travel_mode WHEN 'car' THEN 'Auto' WHEN 'transit' THEN 'ÖPNV' END,
    zeitliche_verfuegbarkeit = availability_schedule,
    bevorzugtes_therapeutengeschlecht = CASE therapist_gender_preference
        WHEN 'male' THEN 'Männlich' WHEN 'female' THEN 'Weiblich' WHEN 'any' THEN 'Egal' END,
    offen_fuer_gruppentherapie = group_therapy_preference;

ALTER TABLE patients
    DROP COLUMN max_travel_distance_km,
    DROP COLUMN travel_mode,
    DROP COLUMN availability_schedule,
    DROP COLUMN therapist_gender_preference,
    DROP COLUMN group_therapy_preference;
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute(_DOWN)
