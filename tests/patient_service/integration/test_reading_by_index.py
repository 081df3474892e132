"""However many patients there are, no list and no search reads all of them."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from tests.patient_service.crowd import crowd

PEOPLE = 4_000
LIST = "/api/v2/patients"
QUESTIONS: list[dict[str, str]] = [
    {},
    {"sort": "-created_at"},
    {"status": "in Therapie"},
    {"plz_prefix": "52"},
    {"after_id": "3000"},
    {"q": "öztürkhoff"},
    {"q": "jörg müller"},
    {"q": "me"},
    {"q": "0221 4001234"},
    {"q": "person77@example.org"},
    {"q": "niemand"},
    {"q": "berg", "status": "offen", "plz_prefix": "5"},
]


class Statements:
    """What the service asked its database, to be explained afterwards."""

    def __init__(self, engine: Engine) -> None:
        self.asked: list[tuple[str, Any]] = []
        self._engine = engine
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        self.asked.append((statement, parameters))

    def read_whole(self) -> list[str]:
        """Those that read every patient."""
        event.remove(self._engine, "before_cursor_execute", self._note)
        with self._engine.connect() as connection:
            return [
                statement
                for statement, parameters in self.asked
                if "patients" in statement
                and "Seq Scan on patients"
                in "\n".join(
                    connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars()
                )
            ]


@pytest.fixture
def statements(api: FlaskClient, database: Any) -> Statements:
    crowd(database.engine(database.owner_url("patient_service")), PEOPLE)
    return Statements(api.application.extensions["door"].database.engine)


def test_no_list_and_no_search_reads_every_patient(
    api: FlaskClient, statements: Statements
) -> None:
    totals = {str(q): (api.get(LIST, query_string=q).json or {})["total"] for q in QUESTIONS}
    cursor = (api.get(LIST).json or {})["next"]
    assert api.get(LIST, query_string={"cursor": cursor}).status_code == 200

    assert statements.read_whole() == []
    assert totals[str({})] == PEOPLE
    assert totals[str({"q": "0221 4001234"})] == 1
    assert totals[str({"q": "niemand"})] == 0
    assert len(statements.asked) >= 2 * len(QUESTIONS)


def test_nobody_is_compared_with_everybody(api: FlaskClient, statements: Statements) -> None:
    undated = {"vorname": "Anna", "nachname": "Berg", "plz": "52062"}
    dated = {**undated, "geburtsdatum": "1990-02-28"}
    imported = {**dated, "source": "altbestand", "external_id": "17"}

    for person in (undated, dated):
        assert api.post(f"{LIST}/likely-duplicates", json=person).status_code == 200
    assert api.post(LIST, json=imported).status_code == 201
    assert api.get(f"{LIST}/17/likely-duplicates").status_code == 200

    assert statements.read_whole() == []
