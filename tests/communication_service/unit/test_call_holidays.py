"""Nobody is called on a public holiday of the Land in which the practice may lie."""

from datetime import UTC, date, datetime, timedelta

import pytest

from communication_service.domain.call_slots import first_free_slot, on_working_days, phone_hours
from communication_service.domain.practice_land import possible_laender
from communication_service.domain.unknown import MISSING
from communication_service.domain.weekly_times import Hours, WeeklySlot
from shared.contracts.berlin import BERLIN, berlin_day
from shared.contracts.public_holidays import Land

MORNING = Hours(9 * 60, 12 * 60)
EVERY_DAY = [WeeklySlot(day, MORNING) for day in range(7)]
OFFICE = on_working_days([MORNING])


def called_on(plz: str | None, today: str, *, known_hours: bool = True) -> date:
    now = datetime.fromisoformat(f"{today} 08:00").replace(tzinfo=BERLIN).astimezone(UTC)
    hours = phone_hours(EVERY_DAY if known_hours else MISSING, OFFICE, possible_laender(plz))
    slot = first_free_slot(hours, (), now, lines=1, window=timedelta(days=14))
    assert slot is not None
    return berlin_day(slot.starts_at)


@pytest.mark.parametrize(
    ("plz", "today", "expected"),
    [
        ("50667", "2026-10-30", "2026-10-30"),
        ("50667", "2026-11-01", "2026-11-02"),  # Köln, Allerheiligen
        ("20095", "2026-11-01", "2026-11-01"),  # Hamburg does not keep it
        ("20095", "2026-10-31", "2026-11-01"),  # but Reformationstag
        ("01067", "2026-11-18", "2026-11-19"),  # Dresden, Buß- und Bettag
        ("80331", "2026-04-03", "2026-04-04"),  # Good Friday
        ("80331", "2026-06-04", "2026-06-05"),  # Fronleichnam
        ("10115", "2026-06-04", "2026-06-04"),  # not in Berlin
        ("63739", "2026-01-06", "2026-01-07"),  # Aschaffenburg is in Bayern
        ("63065", "2026-01-06", "2026-01-07"),  # Offenbach is not, but shares its first digits
        (None, "2026-11-01", "2026-11-01"),
        (None, "2026-12-25", "2026-12-27"),
        ("00000", "2026-10-03", "2026-10-04"),
        ("5", "2026-11-01", "2026-11-01"),
    ],
)
def test_a_call_is_planned_for_a_day_on_which_the_practice_works(
    plz: str | None, today: str, expected: str
) -> None:
    assert called_on(plz, today) == date.fromisoformat(expected)


def test_the_hours_of_the_office_keep_the_holidays_of_the_practice() -> None:
    assert called_on("50667", "2027-11-01", known_hours=False) == date(2027, 11, 2)
    assert called_on("20095", "2027-11-01", known_hours=False) == date(2027, 11, 1)


def test_the_first_digits_of_every_land_are_known() -> None:
    assert set(Land) == {land for n in range(100) for land in possible_laender(f"{n:02}000")}


@pytest.mark.parametrize("unused", ["00", "05", "11", "43", "62"])
def test_digits_with_which_no_postcode_begins_stand_for_no_land(unused: str) -> None:
    assert possible_laender(f"{unused}123") == frozenset()
