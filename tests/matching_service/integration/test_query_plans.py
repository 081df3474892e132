"""However much was worked, nothing that staff look at reads a whole large table.

The statements are those that the service sends while it answers, explained by the server.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from tests.matching_service.crowd import crowd

SEARCHES = 20_000
V2 = "/api/v2"
LARGE = (
    "platzsuche",
    "platzsuche_history",
    "platzsuche_exclusion",
    "therapeutenanfrage",
    "therapeut_anfrage_patient",
    "patient_snapshot",
    "therapist_snapshot",
    "mailbox",
    "mailbox_block",
    "conflict",
    "task",
    "placement_requests",
)
READ_WHOLE = re.compile(rf"Seq Scan on ({'|'.join(LARGE)})\b")

SEARCH_LISTS = [
    {},
    {"status": "active"},
    {"status": "active", "sort": "waiting"},
    {"status": "active", "sort": "waiting", "limit": "500"},
    {"status": "paused"},
    {"status": "abandoned", "sort": "waiting"},
    {"sort": "waiting"},
    {"unfinished": "true"},
    {"patient_id": "17"},
    {"plz_prefix": "52"},
    {"plz_prefix": "52062", "status": "active"},
    {"status": "active", "waiting_longer_than_days": "900"},
    {"waiting_longer_than_days": "900", "sort": "waiting"},
]
BUNDLE_LISTS = [
    {},
    {"sort": "-created_at"},
    {"needs_follow_up": "true"},
    {"therapist_id": "17"},
    {"search_id": "17"},
    {"state": "sent"},
    {"state": "answered", "sort": "-created_at"},
    {"state": "cancelled"},
    {"open": "true"},
]
QUESTIONS: list[tuple[str, dict[str, str]]] = [
    *((f"{V2}/patient-searches", query) for query in SEARCH_LISTS),
    (f"{V2}/patient-searches/17", {}),
    (f"{V2}/patient-searches/17/history", {}),
    (f"{V2}/patient-searches/20/eligible-therapists", {}),
    (f"{V2}/patient-searches/20/eligible-therapists", {"include_ineligible": "true"}),
    *((f"{V2}/therapist-bundles", query) for query in BUNDLE_LISTS),
    (f"{V2}/therapist-bundles/17", {}),
    *((f"{V2}/staff/cooling-periods", {"active": word}) for word in ("true", "false")),
    (f"{V2}/staff/cooling-periods", {}),
    *((f"{V2}/staff/conflicts", {"state": state}) for state in ("open", "resolved")),
    (f"{V2}/staff/conflicts", {}),
    (f"{V2}/staff/conflicts", {"therapist_id": "17"}),
    (f"{V2}/staff/tasks", {}),
    (f"{V2}/staff/tasks", {"state": "open", "kind": "no_decision"}),
    (f"{V2}/staff/tasks", {"state": "done"}),
    ("/api/v1/placement-requests", {"patient_id": "17"}),
]


@pytest.fixture
def years(database: Any) -> None:
    crowd(database.engine(database.admin_url), SEARCHES)


@contextmanager
def _sent(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        sent.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _reading_whole(engine: Engine, sent: list[tuple[str, Any]]) -> list[str]:
    """Statements that read a large table from one end to the other, each with its plan."""
    found = []
    with engine.connect() as connection:
        for statement, values in sent:
            plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars()
            explained = "\n".join(plan)
            if READ_WHOLE.search(explained) and not _counts_all(statement):
                found.append(f"{statement}\n{explained}")
    return found


def _counts_all(statement: str) -> bool:
    """How many there are in all nobody can say without counting all of them."""
    return statement.startswith("SELECT count(*)") and "WHERE" not in statement


@pytest.mark.usefixtures("years")
def test_nothing_that_staff_look_at_reads_a_whole_large_table(api: FlaskClient) -> None:
    engine = api.application.extensions["door"].database.engine
    guilty = {}
    for path, query in QUESTIONS:
        with _sent(engine) as sent:
            answer = api.get(path, query_string=query)
        assert answer.status_code == 200, (path, query, answer.json)
        if whole := _reading_whole(engine, sent):
            guilty[f"{path} {query}"] = whole

    assert guilty == {}
