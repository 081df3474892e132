import pytest

from matching_service.domain.availability import (
    NOT_GIVEN,
    UnknownSchedule,
    WeeklySchedule,
    have_common_session,
    read_schedule,
)
from tests.matching_service.unit.people import week


def known(availability: WeeklySchedule | UnknownSchedule) -> WeeklySchedule:
    assert isinstance(availability, WeeklySchedule)
    return availability


@pytest.mark.parametrize("nothing", [None, {}, [], {"monday": []}])
def test_a_week_without_entries_says_nothing(nothing: object) -> None:
    assert read_schedule(nothing) == NOT_GIVEN


@pytest.mark.parametrize(
    ("canonical", "field"),
    [
        ("monday 9-12", ""),
        (["monday"], ""),
        ({"montag": [{"start": "09:00", "end": "12:00"}]}, "montag"),
        ({"monday": "09:00-12:00"}, "monday"),
        ({"monday": ["09:00-12:00"]}, "monday[0]"),
        ({"monday": [{"end": "12:00"}]}, "monday[0].start"),
        ({"monday": [{"start": "9:00", "end": "12:00"}]}, "monday[0].start"),
        ({"monday": [{"start": "09:00", "end": "24:01"}]}, "monday[0].end"),
        ({"monday": [{"start": "09:00", "end": 12}]}, "monday[0].end"),
        ({"monday": [{"start": "09:00", "end": "09:00"}]}, "monday[0].end"),
        (
            {"friday": [{"start": "08:00", "end": "09:00"}, {"start": "12:00", "end": "10:00"}]},
            "friday[1].end",
        ),
    ],
)
def test_a_malformed_week_is_unknown_and_says_where(canonical: object, field: str) -> None:
    assert read_schedule(canonical) == UnknownSchedule("malformed", field)


@pytest.mark.parametrize(
    ("canonical", "hours"),
    [
        ({"monday": [{"start": "09:00", "end": "12:00"}]}, 3.0),
        ({"sunday": [{"start": "00:00", "end": "24:00"}]}, 24.0),
        ({"monday": [{"start": "09:15", "end": "10:05"}]}, 50 / 60),
        ({d: [{"start": "08:00", "end": "12:00"}] for d in ("monday", "tuesday")}, 8.0),
        (
            {"monday": [{"start": "09:00", "end": "12:00"}, {"start": "11:00", "end": "13:00"}]},
            4.0,
        ),
    ],
)
def test_hours_are_counted_over_the_week_and_overlaps_once(canonical: object, hours: float) -> None:
    assert known(read_schedule(canonical)).hours_per_week == pytest.approx(hours)


@pytest.mark.parametrize(
    ("patient", "therapist", "common"),
    [
        ({"monday": "09:00-10:00"}, {"monday": "09:00-10:00"}, True),
        ({"monday": "09:00-09:50"}, {"monday": "08:00-12:00"}, True),
        ({"monday": "09:00-09:49"}, {"monday": "08:00-12:00"}, False),
        ({"monday": "09:15-10:05"}, {"monday": "09:15-10:05"}, True),
        ({"monday": "08:00-09:00"}, {"monday": "09:00-12:00"}, False),
        ({"monday": "08:00-09:50"}, {"monday": "09:00-12:00"}, True),
        ({"monday": "08:00-09:49"}, {"monday": "09:00-12:00"}, False),
        ({"monday": "09:00-12:00"}, {"tuesday": "09:00-12:00"}, False),
        ({"monday": "23:00-24:00"}, {"monday": "23:10-24:00"}, True),
        ({"sunday": "23:10-24:00"}, {"sunday": "23:10-24:00"}, True),
    ],
)
def test_a_common_session_is_fifty_unbroken_minutes_in_both_weeks(
    patient: dict[str, str], therapist: dict[str, str], common: bool
) -> None:
    assert have_common_session(known(week(**patient)), known(week(**therapist))) is common


def test_no_session_spans_midnight() -> None:
    around_midnight = known(week(monday="23:30-24:00", tuesday="00:00-00:30"))

    assert not have_common_session(around_midnight, around_midnight)


def test_two_entries_that_touch_are_one_stretch() -> None:
    touching = known(
        read_schedule(
            {"monday": [{"start": "09:00", "end": "09:25"}, {"start": "09:25", "end": "09:50"}]}
        )
    )

    assert have_common_session(touching, touching)


def test_two_short_gaps_do_not_add_up_to_a_session() -> None:
    apart = known(
        read_schedule(
            {"monday": [{"start": "09:00", "end": "09:40"}, {"start": "10:00", "end": "10:40"}]}
        )
    )

    assert not have_common_session(apart, apart)
