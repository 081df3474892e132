"""Thousands of invented patients with every health text filled, made by the database itself."""

from sqlalchemy import Engine, text

from patient_service.storage.encrypted_text import EncryptedText, key_ring
from patient_service.storage.tables import Patient

_VORNAMEN = (
    "Anna Maria Jörg Zoë Peter Ali Sabine Katharina Stefan Jürgen Fatma Mehmet Lena Paul Ida "
    "Hans-Peter Ulrike Björn Emine Olga Nguyen Lukas Sophie Karl Renate Ayşe Thomas Greta Noah Li"
)
_STEMS = "Müller Schmidt Weiß Öztürk Meyer Berg Wald Stein Kraus Yılmaz Winter Koch Groß Lang"
_ENDINGS = "- mann er hoff burg feld berg haus bach kamp brink horst stedt rode wig ing"
_SEALED_TEXTS = 50
_TEXT = "schläft schlecht, grübelt viel, seit dem Umzug kaum unter Menschen; " * 4
_HEALTH = [c.name for c in Patient.__table__.columns if isinstance(c.type, EncryptedText)]

_CROWD = f"""
INSERT INTO patients (
    vorname, nachname, plz, ort, email, telefon, krankenkasse, geburtsdatum, diagnose, status,
    ausgeschlossene_therapeuten, availability_schedule, place_status, latitude, longitude,
    created_at, created_by, updated_by, {", ".join(_HEALTH)})
SELECT
    (:vornamen)[1 + n % cardinality(:vornamen)],
    (:stems)[1 + n / 7 % cardinality(:stems)]
        || replace((:endings)[1 + n / 101 % cardinality(:endings)], '-', ''),
    lpad((1067 + n * 37 % 98000)::text, 5, '0'),
    'Ort ' || n % 9000,
    'person' || n || '@example.org',
    '0221 ' || 4000000 + n,
    'AOK',
    CASE WHEN n % 50 > 0 THEN date '1940-01-01' + n * 13 % 25000 END,
    'F32.' || n % 3,
    (ARRAY['offen', 'auf der Suche', 'in Therapie', 'Therapie abgeschlossen',
           'Suche abgebrochen', 'Therapie abgebrochen'])[1 + n % 6],
    ARRAY[1 + n % 500],
    '{{"monday": [{{"start": "09:00", "end": "17:00"}}]}}',
    'approximate', 50.9, 6.9,
    timestamptz '2026-01-01' + n * interval '10 minutes',
    'crowd', 'crowd',
    {", ".join("(:sealed)[1 + n % cardinality(:sealed)]" for _ in _HEALTH)}
FROM generate_series(1, :people) AS n
"""


def crowd(owner: Engine, people: int) -> None:
    """The key ring must be loaded. Statistics and visibility are as after a night's vacuum."""
    lists = {
        "vornamen": _VORNAMEN.split(),
        "stems": _STEMS.split(),
        "endings": _ENDINGS.split(),
        "sealed": [key_ring.seal(_TEXT) for _ in range(_SEALED_TEXTS)],
    }
    statement = _CROWD
    for name in lists:
        statement = statement.replace(f":{name}", f"CAST(:{name} AS text[])")
    with owner.begin() as connection:
        # A page that is not flushed yet is not all visible, and no index alone can answer for it.
        connection.execute(text("SET LOCAL synchronous_commit = on"))
        connection.execute(text(statement), {**lists, "people": people})
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE patients"))
