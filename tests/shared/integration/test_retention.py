"""What handled events and repeated requests leave behind is kept as long as promised, no longer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import ProgrammingError

from shared.db import idempotency_key, inbox
from shared.events import retention
from shared.events.retention import forget_old_rows
from tests.shared.integration.inboxes import TOPIC, Inbox, event

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def memory(ends: Any) -> Any:
    """The matching service's database, its inbox and keys filled by age."""

    def filled(*ages: timedelta) -> Any:
        with ends.listener.transaction() as session:
            for number, age in enumerate(ages):
                session.execute(insert(inbox).values(event_id=uuid4(), handled_at=NOW - age))
                key = {"actor": "a", "route": "r", "key": str(number), "request_hash": "h"}
                made = {"status": 201, "resource_id": "1", "created_at": NOW - age}
                session.execute(insert(idempotency_key).values(**key, **made))
        return ends.listener

    return filled


def _count(database: Any, table: str) -> int:
    with database.transaction() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")))


@pytest.mark.parametrize("table", ["inbox", "idempotency_key"])
def test_rows_are_kept_for_thirty_days(memory: Any, table: str) -> None:
    database = memory(0 * DAY, 29 * DAY, 31 * DAY, 400 * DAY)

    assert forget_old_rows(database, None, NOW) == 4
    assert _count(database, table) == 2


def test_a_round_forgets_a_bounded_number_and_the_next_ones_the_rest(
    memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LARGEST_BIT", 2)
    database = memory(*[31 * DAY] * 3)

    assert [forget_old_rows(database, None, NOW) for _ in range(3)] == [4, 2, 0]


def test_the_inbox_remembers_what_waits_to_be_tried_again_however_long(
    inbox: Inbox, ends: Any
) -> None:
    inbox.receive(event("7", 1))
    inbox.ward.broken = {"7"}
    inbox.receive(event("7", 2))
    inbox.transport.rewind([TOPIC])
    inbox.receive()
    assert [version for _, version, _ in inbox.parked()] == [2, 1]

    forget_old_rows(ends.listener, None, NOW + 31 * DAY)
    inbox.ward.broken = set()
    inbox.retry()

    assert inbox.effects() == [("7", 1), ("7", 2)]


def _age(ends: Any, key: str, days: int) -> None:
    ends.as_owner(
        "events",
        f"UPDATE log SET appended_at = appended_at - interval '{days} days' WHERE key = '{key}'",
    )


def test_the_log_keeps_fourteen_days_of_events_and_goes_on_from_there(
    inbox: Inbox, ends: Any
) -> None:
    inbox.receive(event("7"), event("8"), event("9"))
    _age(ends, "7", 15)
    _age(ends, "8", 13)

    assert forget_old_rows(ends.listener, None, NOW) == 1

    inbox.receive(event("9", 2))
    assert [body["subject"] for body in ends.told()] == ["8", "9", "9"]
    assert inbox.effects() == [("7", 1), ("8", 1), ("9", 1), ("9", 2)]


def test_the_log_forgets_a_bounded_number_at_a_time(
    inbox: Inbox, ends: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LARGEST_BIT", 2)
    inbox.receive(event("7"), event("7", 2), event("7", 3))
    _age(ends, "7", 15)

    assert [forget_old_rows(ends.listener, None, NOW) for _ in range(3)] == [2, 1, 0]


def test_no_service_can_delete_events_itself(ends: Any) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        ends.listener.transaction() as s,
    ):
        s.execute(text("DELETE FROM events.log"))
