"""What the database itself promises about calls, whatever a program does."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError, OperationalError

from communication_service.storage.call_tables import PhoneCall, PhoneCallBatch
from shared.db import Database, constraint_of, is_undone

NINE = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # nine o'clock in Berlin
INQUIRY: dict[str, Any] = {"bundle_id": 17, "attempt": 1, "reason": "no_answer"}
STARTED: dict[str, Any] = {"permit_id": 1, "started_at": NINE, "started_by": "staff"}


@pytest.fixture
def calls(database: Any) -> Iterator[Database]:
    own = Database(database.url("communication_service"), pool_size=8)
    yield own
    own.dispose()


def call(minute: int = 0, **columns: Any) -> PhoneCall:
    start = NINE + timedelta(minutes=minute)
    slot = Range(start, start + timedelta(minutes=5))
    known = {"therapist_id": 1, "line": 1, "created_by": "test", "status": "scheduled"}
    return PhoneCall(**{**known, "slot": slot, "created_at": NINE, "updated_at": NINE, **columns})


def add(calls: Database, *rows: PhoneCall) -> None:
    with calls.transaction() as session:
        session.add_all(rows)


def add_despite_deadlocks(calls: Database, minute: int) -> None:
    """Who meets others half-way in waits for them, and they may for him."""
    while True:
        try:
            return add(calls, call(minute))
        except OperationalError as deadlock:
            if not is_undone(deadlock):
                raise


def refused(act: Callable[[], None]) -> str | None:
    with pytest.raises(IntegrityError) as refusal:
        act()
    return constraint_of(refusal.value)


def test_day_time_and_length_follow_from_the_slot_as_clocks_show_them(calls: Database) -> None:
    add(calls, call(5))
    with calls.transaction() as session:
        stored = session.scalars(select(PhoneCall)).one()
    assert stored.starts_at == NINE + timedelta(minutes=5)
    assert stored.scheduled_date.isoformat() == "2026-11-30"
    assert stored.scheduled_time.isoformat() == "09:05:00"
    assert stored.duration_minutes == 5


@pytest.mark.parametrize("minute", [-4, 0, 4])
def test_two_calls_never_overlap_on_a_line(calls: Database, minute: int) -> None:
    add(calls, call())
    assert refused(lambda: add(calls, call(minute))) == "phone_calls_never_overlap"


def test_calls_may_follow_each_other_lie_on_two_lines_or_replace_a_cancelled_one(
    calls: Database,
) -> None:
    add(calls, call(), call(5), call(-5), call(line=2))
    add(calls, call(10, status="canceled"), call(10))


def test_of_eight_who_want_a_slot_at_the_same_moment_one_gets_it(calls: Database) -> None:
    start, won, lost = threading.Barrier(8), list[int](), list[str | None]()

    def want(number: int) -> None:
        start.wait()
        try:
            add_despite_deadlocks(calls, number % 4)
            won.append(number)
        except IntegrityError as refusal:
            lost.append(constraint_of(refusal))

    rivals = [threading.Thread(target=want, args=(number,)) for number in range(8)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    assert len(won) == 1
    assert lost == ["phone_calls_never_overlap"] * 7


def test_an_inquiry_has_one_planned_call_and_each_attempt_once(calls: Database) -> None:
    add(calls, call(**INQUIRY, **STARTED, status="failed", outcome="not_reached",
                    actual_date=NINE.date()))  # fmt: skip
    assert refused(lambda: add(calls, call(**INQUIRY))) == "uq_phone_calls_attempt"
    add(calls, call(**{**INQUIRY, "attempt": 2}))
    third = {**INQUIRY, "attempt": 3}
    assert refused(lambda: add(calls, call(5, **third))) == "uq_phone_calls_planned"


def test_an_attempt_that_was_cancelled_may_be_planned_again(calls: Database) -> None:
    add(calls, call(**INQUIRY, status="canceled"))
    add(calls, call(**INQUIRY))


def test_no_call_about_an_inquiry_counts_as_made_without_a_permit(calls: Database) -> None:
    made = {**INQUIRY, "status": "completed", "outcome": "reached", "actual_date": NINE.date()}
    assert refused(lambda: add(calls, call(**made))) == "ck_phone_calls_made_with_permit"
    without = {**made, **STARTED, "permit_id": None}
    assert refused(lambda: add(calls, call(**without))) == "ck_phone_calls_started"


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_a_call_that_was_made_stays_made(calls: Database, status: str) -> None:
    made = {**INQUIRY, **STARTED, "status": status, "outcome": "x", "actual_date": NINE.date()}
    add(calls, call(**made))

    def plan_again() -> None:
        with calls.transaction() as session:
            session.scalars(select(PhoneCall)).one().status = "scheduled"

    def forget() -> None:
        with calls.transaction() as session:
            session.execute(delete(PhoneCall))

    assert refused(plan_again) == "phone_calls_made_stay"
    assert refused(forget) == "phone_calls_made_stay"


def test_what_a_planned_call_was_to_be_about_goes_with_it(calls: Database) -> None:
    add(calls, call(id=1))
    with calls.transaction() as session:
        session.add(PhoneCallBatch(phone_call_id=1, placement_request_id=5, created_at=NINE))
    with calls.transaction() as session:
        session.execute(delete(PhoneCall))
    with calls.transaction() as session:
        assert session.scalars(select(PhoneCallBatch)).all() == []
