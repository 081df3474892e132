import pytest

from shared.contracts.weekly_schedule import (
    ScheduleError,
    minute_of_day,
    parse_weekly_schedule,
    weekly_minutes,
)

MONDAY_MORNING = {"monday": [{"start": "09:00", "end": "12:00"}]}


@pytest.mark.parametrize(
    "spelling",
    [
        {"monday": [{"start": "09:00", "end": "12:00"}]},
        {"montag": ["09:00-12:00"]},
        {"Mo": ["09:00-12:00"]},
        {"MONTAG": [{"start": "09:00", "end": "12:00"}]},
        {"monday": ["09:00-12:00"]},
        {"Mo.": ["9:00 – 12:00"]},
        {"Mo": ["09:00-12:00"], "Di": []},
    ],
)
def test_every_spelling_seen_in_the_wild_is_stored_in_one_form(spelling: object) -> None:
    assert parse_weekly_schedule(spelling) == MONDAY_MORNING


@pytest.mark.parametrize(
    ("short", "long", "day"),
    [
        ("Mo", "montag", "monday"),
        ("Di", "dienstag", "tuesday"),
        ("Mi", "mittwoch", "wednesday"),
        ("Do", "donnerstag", "thursday"),
        ("Fr", "freitag", "friday"),
        ("Sa", "samstag", "saturday"),
        ("So", "sonntag", "sunday"),
    ],
)
def test_each_german_day_has_its_english_name(short: str, long: str, day: str) -> None:
    canonical = {day: [{"start": "08:00", "end": "08:50"}]}
    assert parse_weekly_schedule({short: ["08:00-08:50"]}) == canonical
    assert parse_weekly_schedule({long: ["08:00-08:50"]}) == canonical


def test_days_come_in_week_order_and_slots_in_time_order() -> None:
    schedule = parse_weekly_schedule({"So": ["10:00-11:00"], "Mo": ["14:00-15:00", "08:00-09:00"]})
    assert list(schedule) == ["monday", "sunday"]
    assert [slot["start"] for slot in schedule["monday"]] == ["08:00", "14:00"]


def test_a_canonical_schedule_is_its_own_canonical_form() -> None:
    once = parse_weekly_schedule({"Fr": ["14:00-15:00"], "dienstag": ["08:00-09:00"]})
    assert parse_weekly_schedule(once) == once


def test_a_slot_may_begin_when_another_ends() -> None:
    schedule = parse_weekly_schedule({"Mo": ["09:00-12:00", "12:00-13:00"]})
    assert weekly_minutes(schedule) == 240


@pytest.mark.parametrize(
    ("schedule", "path", "code"),
    [
        (None, "", "not_an_object"),
        ([], "", "not_an_object"),
        ("Mo 9-12", "", "not_an_object"),
        ({"someday": []}, "someday", "unknown_day"),
        ({1: []}, "1", "unknown_day"),
        ({"Mo": ["09:00-10:00"], "montag": ["11:00-12:00"]}, "montag", "duplicate_day"),
        ({"Mo": "09:00-12:00"}, "Mo", "not_a_list"),
        ({"Mo": None}, "Mo", "not_a_list"),
        ({"Mo": ["morgens"]}, "Mo[0]", "not_a_slot"),
        ({"Mo": [["09:00", "12:00"]]}, "Mo[0]", "not_a_slot"),
        ({"Mo": [{"start": "09:00", "end": "12:00", "from": 1}]}, "Mo[0]", "not_a_slot"),
        ({"Mo": [{"end": "12:00"}]}, "Mo[0].start", "not_a_time"),
        ({"Mo": [{"start": 9, "end": "12:00"}]}, "Mo[0].start", "not_a_time"),
        ({"Mo": ["09:00-24:00"]}, "Mo[0].end", "not_a_time"),
        ({"Mo": ["09:60-12:00"]}, "Mo[0].start", "not_a_time"),
        ({"Mo": ["٠٩:00-12:00"]}, "Mo[0].start", "not_a_time"),
        ({"Mo": ["12:00-12:00"]}, "Mo[0].end", "end_not_after_start"),
        ({"montag": ["08:00-09:00", "12:00-09:00"]}, "montag[1].end", "end_not_after_start"),
        ({"Mo": ["09:00-12:00", "11:59-13:00"]}, "Mo[1]", "overlap"),
        ({"Mo": ["11:59-13:00", "09:00-12:00"]}, "Mo[0]", "overlap"),
        ({"Mo": ["09:00-12:00", "09:00-12:00"]}, "Mo[1]", "overlap"),
    ],
)
def test_what_cannot_be_read_is_refused_and_its_place_is_named(
    schedule: object, path: str, code: str
) -> None:
    with pytest.raises(ScheduleError) as refusal:
        parse_weekly_schedule(schedule)
    assert (refusal.value.path, refusal.value.code) == (path, code)


def test_an_empty_schedule_is_a_schedule_of_no_minutes() -> None:
    assert parse_weekly_schedule({}) == {}
    assert weekly_minutes({}) == 0


def test_minutes_are_added_over_all_days() -> None:
    schedule = parse_weekly_schedule({"Mo": ["09:00-12:30"], "Di": ["08:00-08:50", "10:00-11:00"]})
    assert weekly_minutes(schedule) == 210 + 50 + 60


def test_the_minute_of_the_day_is_counted_from_midnight() -> None:
    assert [minute_of_day(time) for time in ("00:00", "09:05", "23:59")] == [0, 545, 1439]
