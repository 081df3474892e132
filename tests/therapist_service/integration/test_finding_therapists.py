"""Lists of therapists: found by any word, and by an index however many there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from shared.db import Database
from therapist_service.storage.duplicates import possible_duplicates
from therapist_service.storage.queries import known_near

THERAPISTS = "/api/v2/therapists"
MANY = """
INSERT INTO therapists (vorname, nachname, plz, email, telefon, external_id, status, sperrdatum,
    place_status, mailbox_key, created_at, created_by, updated_by)
SELECT 'Vorname' || i, 'Nachname' || i, lpad((10000 + i % 4000)::text, 5, '0'),
    'praxis' || i || '@example.org', '0221 ' || 4000000 + i, 'x-' || i,
    CASE WHEN i % 50 = 0 THEN 'gesperrt' ELSE 'aktiv' END, '2026-01-01', 'unknown', repeat('a', 64),
    timestamptz '2026-01-01' + i * interval '1 minute', 'test', 'test'
FROM generate_series(1, 6000) i
"""


def test_q_finds_a_therapist_by_any_part_of_name_email_phone_and_postcode(
    api: FlaskClient,
) -> None:
    null = {"vorname": "Łukasz", "nachname": "Null", "plz": "52062", "telefon": "0221 4710123"}
    mueller = {"vorname": "Änne", "nachname": "Müller-Groß", "email": "Praxis@mueller.example"}
    for person in (null, mueller):
        assert api.post(THERAPISTS, json=person).status_code == 201

    def found(q: str) -> list[str]:
        page = api.get(THERAPISTS, query_string={"q": q}).json or {}
        return [one["nachname"] for one in page["data"]]

    table = {
        "null": ["Null"],
        "lukasz nu": ["Null"],
        "MUELLER": ["Müller-Groß"],
        "gross aenne": ["Müller-Groß"],
        "praxis@mueller": ["Müller-Groß"],
        "+49 221 4710123": ["Null"],
        "4710": ["Null"],
        "52062": ["Null"],
        "l": ["Null"],
        "100%": [],
        "null müller": [],
    }
    assert {q: found(q) for q in table} == table


@pytest.fixture
def crowd(database: Any) -> None:
    engine = database.engine(database.owner_url("therapist_service"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as owner:
        owner.execute(text(MANY))
        owner.execute(text("VACUUM ANALYZE therapists"))


@contextmanager
def _questions_about_therapists() -> Iterator[list[bytes]]:
    """Whatever is asked of the table meanwhile, as the server gets it; but how many there are in
    all, nobody can say without counting all."""
    asked: list[bytes] = []

    def note(_1: Any, cursor: Any, statement: str, values: Any, _2: Any, _3: Any) -> None:
        is_total = statement.startswith("SELECT count(*)") and "WHERE" not in statement
        if "FROM therapist_service.therapists" in statement and not is_total:
            asked.append(cursor.mogrify(statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


LISTS = [
    {},
    {"limit": "500", "sort": "-created_at"},
    {"status": "gesperrt"},
    {"plz_prefix": "101"},
    {"plz_prefix": "10123", "status": "aktiv"},
    {"q": "nachname4711"},
    {"q": "praxis47@example"},
    {"q": "0221 4004711"},
    {"after_id": "5900"},
]


@pytest.mark.usefixtures("crowd")
def test_no_list_and_no_search_for_duplicates_reads_all_therapists(
    api: FlaskClient, own_database: Database
) -> None:
    with _questions_about_therapists() as asked:
        for query in LISTS:
            page = api.get(THERAPISTS, query_string=query).json or {}
            assert page["data"], query
        _read_the_second_page(api)
        with own_database.transaction() as session:
            assert possible_duplicates(
                session, plz="10047", email="praxis47@example.org", dialled="492214000048"
            )
            assert known_near(session, ["10047"], ["x-48"])

    assert len(asked) == 2 * len(LISTS) + 2
    with own_database.engine.connect() as connection:
        plans = {
            question: "\n".join(connection.exec_driver_sql(f"EXPLAIN {question}").scalars())
            for question in (one.decode().replace("%", "%%") for one in asked)
        }
    assert {q: plan for q, plan in plans.items() if "Seq Scan on therapists" in plan} == {}


def _read_the_second_page(api: FlaskClient) -> None:
    first = api.get(THERAPISTS, query_string={"limit": "2"}).json or {}
    second = api.get(THERAPISTS, query_string={"limit": "2", "cursor": first["next"]}).json or {}
    assert [one["vorname"] for one in second["data"]] == ["Vorname3", "Vorname4"]
