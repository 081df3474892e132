"""Many look for a slot at the same moment: everybody gets one, nobody the same."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from communication_service.domain.call_slots import CallQueue, PhoneHours
from communication_service.domain.weekly_times import Hours, WeeklySlot
from communication_service.storage.call_tables import PhoneCall
from communication_service.use_cases.place_calls import place_in_free_slot
from shared.db import Database

NINE = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # a Monday, nine o'clock in Berlin
RIVALS = 8


@pytest.mark.parametrize("lines", [1, 2])
def test_rivals_for_a_slot_follow_each_other_without_a_gap(database: Any, lines: int) -> None:
    own = Database(database.url("communication_service"), pool_size=RIVALS)
    queue = CallQueue(lines, timedelta(days=1), ())
    met, places = threading.Barrier(RIVALS), list[tuple[datetime, int]]()

    def want() -> None:
        with own.transaction() as session:
            session.connection()
            met.wait()
            places.append(place(session, queue))

    rivals = [threading.Thread(target=want) for _ in range(RIVALS)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    own.dispose()
    every_slot = [
        (NINE + timedelta(minutes=5 * number), line)
        for number in range(RIVALS // lines)
        for line in range(1, lines + 1)
    ]
    assert sorted(places) == every_slot


def place(session: Session, queue: CallQueue) -> tuple[datetime, int]:
    call = PhoneCall(therapist_id=1, created_by="test", created_at=NINE, updated_at=NINE)
    hours = PhoneHours((WeeklySlot(0, Hours(9 * 60, 12 * 60)),))
    assert place_in_free_slot(session, call, hours, NINE, queue)
    return call.starts_at, call.line
