"""Patients as v1 knows them; health text is stored encrypted, so its columns are plain text."""

from alembic import op

from migrations.plumbing import create_plumbing_tables, drop_plumbing_tables

revision = "0001_patients"
down_revision = None

_PATIENTS = """
CREATE TABLE patients (
    id serial PRIMARY KEY,
    anrede text,
    vorname text NOT NULL,
    nachname text NOT NULL,
    strasse text,
    plz text CONSTRAINT ck_patients_plz CHECK (plz ~ '^[0-9]{5}$'),
    ort text,
    email text,
    telefon text,
    hausarzt text,
    krankenkasse text,
    krankenversicherungsnummer text,
    geburtsdatum date,
    geschlecht text CONSTRAINT ck_patients_geschlecht
        CHECK (geschlecht IN ('männlich', 'weiblich', 'divers', 'keine_Angabe')),
    diagnose text,
    versicherungsart text CONSTRAINT ck_patients_versicherungsart
        CHECK (versicherungsart IN ('gesetzlich', 'privat', 'selbstzahler', 'kostenerstattung')),
    vertraege_unterschrieben boolean NOT NULL DEFAULT false,
    psychotherapeutische_sprechstunde boolean NOT NULL DEFAULT false,
    startdatum date,
    erster_therapieplatz_am date,
    funktionierender_therapieplatz_am date,
    status text NOT NULL DEFAULT 'offen' CONSTRAINT ck_patients_status CHECK (status IN (
        'offen', 'auf der Suche', 'in Therapie', 'Therapie abgeschlossen',
        'Suche abgebrochen', 'Therapie abgebrochen')),
    empfehler_der_unterstuetzung text,
    offen_fuer_diga boolean NOT NULL DEFAULT false,
    nur_gruppentherapie boolean NOT NULL DEFAULT false,
    letzter_kontakt date,
    psychotherapieerfahrung boolean,
    letzte_therapie_ende date,
    stationaere_behandlung boolean NOT NULL DEFAULT false,
    berufliche_situation text,
    familienstand text,
    aktuelle_psychische_beschwerden text,
    beschwerden_seit date,
    bisherige_behandlungen text,
    relevante_koerperliche_erkrankungen text,
    aktuelle_medikation text,
    aktuelle_belastungsfaktoren text,
    unterstuetzungssysteme text,
    anlass_fuer_die_therapiesuche text,
    erwartungen_an_die_therapie text,
    therapieziele text,
    fruehere_therapieerfahrungen text,
    ausgeschlossene_therapeuten integer[] NOT NULL DEFAULT '{}',
    bevorzugtes_therapieverfahren text NOT NULL DEFAULT 'Egal',
    bevorzugte_sprachen text[] NOT NULL DEFAULT '{}',
    einwilligung_datenweitergabe_am date,
    source text,
    external_id text,
    raeumliche_verfuegbarkeit jsonb,
    verkehrsmittel text,
    zeitliche_verfuegbarkeit jsonb,
    bevorzugtes_therapeutengeschlecht text,
    offen_fuer_gruppentherapie boolean,
    latitude double precision,
    longitude double precision,
    place_status text NOT NULL DEFAULT 'pending' CONSTRAINT ck_patients_place_status
        CHECK (place_status IN ('exact', 'approximate', 'pending', 'unknown')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by text NOT NULL,
    updated_by text NOT NULL,
    version int NOT NULL DEFAULT 1,
    CONSTRAINT ck_patients_place CHECK (
        (place_status IN ('exact', 'approximate')) = (latitude IS NOT NULL)
        AND (latitude IS NULL) = (longitude IS NULL))
);
CREATE INDEX idx_patients_created_at ON patients (created_at, id);
CREATE INDEX idx_patients_status ON patients (status);
CREATE INDEX idx_patients_plz ON patients (plz text_pattern_ops);
CREATE INDEX idx_patients_place_pending ON patients (id) WHERE place_status = 'pending';
"""


def upgrade() -> None:
    create_plumbing_tables()
    op.execute(_PATIENTS)


def downgrade() -> None:
    op.execute("DROP TABLE patients")
    drop_plumbing_tables()
