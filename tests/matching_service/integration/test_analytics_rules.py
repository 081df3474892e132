"""What the numbers of the analytics promise, one rule at a time."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from matching_service.storage.snapshot_store import forget_patients
from shared.contracts.berlin import berlin_day, berlin_midnight
from tests.matching_service import staff_desk
from tests.matching_service.analytics_desk import Analytics, each_number, parts
from tests.matching_service.random_year import (
    NOW,
    TODAY,
    Inquiry,
    Patient,
    Row,
    Search,
    Year,
    random_year,
    write,
)
from tests.matching_service.world import World

DAY = timedelta(days=1)


def noon(days_ago: int) -> datetime:
    """Far from midnight: hours before it, summer time would make of so many days one fewer."""
    return berlin_midnight(TODAY - days_ago * DAY) + timedelta(hours=12)


def patient(number: int, diagnose: str = "F32.1") -> Patient:
    born = date(1985, 5, 5)
    return Patient(number, diagnose, born, "weiblich", True, False, "52062", "gesetzlich", False)


def answer(number: int, *search_ids: int, therapist_id: int = 1, days_ago: int = 30) -> Inquiry:
    """A therapist refuses them all."""
    rows = [Row(one, "rejected_capacity", "rejected") for one in search_ids]
    at = noon(days_ago)
    return Inquiry(number, therapist_id, at - DAY, "answered", at, "email", at, None, rows)


def year_of(patients: list[Patient], inquiries: list[Inquiry], *searches: Search) -> Year:
    known = {one.id for one in searches}
    rest = [Search(p.patient_id, noon(60)) for p in patients if p.patient_id not in known]
    return Year(patients, [*searches, *rest], inquiries, [], [])


def merge(database: Any, duplicate: int, survivor: int) -> None:
    with database.engine(database.admin_url).begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        row = (
            "INSERT INTO matching_service.merged_therapist VALUES (:duplicate, :survivor, 1, now())"
        )
        connection.execute(text(row), {"duplicate": duplicate, "survivor": survivor})


@pytest.mark.parametrize(("others", "untold"), [(3, True), (4, False)])
def test_a_group_counts_its_patients_and_not_their_answers(
    database: Any, analytics: Analytics, others: int, untold: bool
) -> None:
    """A dozen answers about the same four patients are still about four patients."""
    rare = list(range(1, others + 2))
    patients = [patient(one, "F50.0") for one in rare]
    patients += [patient(one) for one in range(20, 40)]
    asked = [answer(number, *rare, days_ago=number) for number in range(1, 4)]
    write(database, year_of(patients, [*asked, answer(9, *range(20, 40))]))
    analytics.refresh()

    groups = analytics.read("therapist-preferences", by="diagnosis")["groups"]

    shown = {group["key"]: group["acceptance_rate"] for group in groups}
    assert (shown["F5"]["reason"] == "too_few") is untold
    assert parts(shown["F5"]) == ((None, None) if untold else (0, 3 * (others + 1)))
    assert shown["F5"]["definition"]


def test_a_patient_who_was_erased_is_forgotten_by_the_groups_with_the_next_count(
    database: Any, world: World, analytics: Analytics
) -> None:
    patients = [patient(one) for one in range(1, 7)]
    write(database, year_of(patients, [answer(1, *range(1, 7))]))
    analytics.refresh()
    before = analytics.read("therapist-preferences", by="diagnosis")["groups"]

    with world.database.transaction() as session:
        for number in range(1, 7):
            forget_patients(session, [number])
    analytics.refresh(NOW + DAY)

    after = analytics.read("therapist-preferences", by="diagnosis")["groups"]
    assert [(group["key"], parts(group["acceptance_rate"])) for group in before] == [("F3", (0, 6))]
    assert [group["key"] for group in after] == ["unknown"]


def test_a_therapist_who_turned_out_to_be_another_one_has_answered_as_that_one(
    database: Any, analytics: Analytics
) -> None:
    patients = [patient(one) for one in (1, 2)]
    asked = [answer(1, 1, therapist_id=5), answer(2, 2, therapist_id=6)]
    write(database, year_of(patients, asked))
    merge(database, 6, 5)
    analytics.refresh()

    found = analytics.read("therapist-preferences", by="therapist")

    assert [(one["key"], parts(one["refused_capacity"])) for one in found["groups"]] == [
        ("5", (2, 2))
    ]


@pytest.mark.parametrize(
    ("therapists", "several"), [((5,), 0), ((5, 5), 0), ((5, 6), 0), ((5, 7), 1), ((5, 5, 7), 1)]
)
def test_a_therapist_who_accepts_a_patient_twice_is_one_who_has_accepted(
    database: Any, analytics: Analytics, therapists: tuple[int, ...], several: int
) -> None:
    """In a bundle and to a v1 request, or as 6, who turned out to be 5."""
    asked = [answer(n, 1, therapist_id=one) for n, one in enumerate(therapists, start=1)]
    for inquiry in asked:
        inquiry.rows = [Row(1, "accepted", "conflict")]
    asked[-1].size_exception = "cutover"
    write(database, year_of([patient(1)], asked))
    merge(database, 6, 5)
    analytics.refresh()

    found = analytics.read("bundle-efficiency")["total"]["multiple_acceptances"]

    assert parts(found) == (several, 1)


def test_of_many_therapists_those_who_answered_most_are_shown(
    database: Any, analytics: Analytics
) -> None:
    write(database, random_year(7))
    analytics.refresh()

    every = analytics.read("therapist-preferences", by="therapist")
    some = analytics.read("therapist-preferences", by="therapist", limit="3")

    answers = [group["acceptance_rate"]["denominator"] for group in every["groups"]]
    assert answers == sorted(answers, reverse=True)
    assert some["groups"] == every["groups"][:3]
    assert some["groups_total"] == every["groups_total"] == len(every["groups"]) > 3


def test_kaplan_meier_by_hand(database: Any, analytics: Analytics) -> None:
    """Six patients. First meetings after 10, 10 and 40 days; one gave up after 20, one has waited
    30, one 50 days.

    | day | at risk | events | still waiting          |
    |  10 |       6 |      2 | 4/6                    |
    |  40 |       2 |      1 | 4/6 × 1/2 = 1/3        |
    Mean until day 50: 10 × 1 + 30 × 2/3 + 10 × 1/3 = 33⅓; the half is reached on day 40.
    """
    met = [Search(n, noon(100), "in_sessions") for n in (1, 2, 3)]
    for search, days in zip(met, (10, 10, 40), strict=True):
        search.first_meeting_on = berlin_day(search.requested_at) + days * DAY
    gave_up = Search(4, noon(100), "abandoned", ended_at=noon(80))
    waiting = [Search(5, noon(30)), Search(6, noon(50))]
    searches = [*met, gave_up, *waiting]
    write(database, Year([patient(n) for n in range(1, 7)], searches, [], [], []))
    analytics.refresh()

    found = analytics.read("placement-times")

    clock = found["total"]["first_meeting"]
    assert clock["mean_days"]["value"] == pytest.approx(100 / 3)
    assert {name: clock[name]["value"] for name in clock if name != "mean_days"} == {
        "median_days": 40,
        "horizon_days": 50,
        "events": 3,
        "censored": 3,
        "at_risk_at_horizon": 0,
    }
    steps = {step["day"]: step for step in found["curve"]["first_meeting"][:3]}
    assert [steps[day]["still_waiting"]["value"] for day in (0, 28)] == [1, pytest.approx(2 / 3)]
    assert {name: steps[28][name] for name in ("at_risk", "events", "censored")} == {
        "at_risk": 3,
        "events": 2,
        "censored": 1,
    }
    assert steps[56]["still_waiting"]["reason"] == "no_data"  # nobody was seen for so long
    therapy = found["total"]["therapy_start"]
    assert therapy["median_days"]["reason"] == "not_reached"
    assert therapy["median_days"]["value"] is None


def test_a_first_meeting_that_is_still_to_come_has_not_happened(
    database: Any, analytics: Analytics
) -> None:
    search = Search(1, noon(20), "in_sessions", first_meeting_on=TODAY + DAY)
    write(database, Year([patient(1)], [search], [], [], []))
    analytics.refresh()

    clock = analytics.read("placement-times")["total"]["first_meeting"]

    assert (clock["events"]["value"], clock["censored"]["value"]) == (0, 1)


def test_days_of_a_pause_that_goes_on_are_counted_until_today(
    database: Any, analytics: Analytics
) -> None:
    search = Search(1, noon(20), "paused", pauses=[(noon(8), None)])
    write(database, Year([patient(1)], [search], [], [], []))
    analytics.refresh()

    assert parts(analytics.read("placement-times")["total"]["paused_days"]) == (8, 1)


def test_a_wave_leaves_its_counts_and_nobody_s_name(
    world: World, api: FlaskClient, analytics: Analytics
) -> None:
    for number in range(1, 4):
        world.add_search(number)
    world.add_therapist(1)
    world.add_therapist(2, opted_out=True)
    world.add_therapist(3, status="gesperrt")
    made = api.post("/api/v2/therapist-bundles/create", json={})
    skipped = staff_desk.content(made, 201)["skipped"]
    analytics.refresh()

    found = analytics.read("bundle-efficiency")

    assert parts(found["total"]["creation_success"]) == (1, 1 + len(skipped))
    assert {one["reason"]: one["share"]["numerator"] for one in found["skipped"]} == {
        one["reason"]: 1 for one in skipped
    }


def test_no_answer_holds_a_name_or_the_id_of_a_patient(database: Any, analytics: Analytics) -> None:
    write(database, random_year(3))
    analytics.refresh()
    questions = [
        ("bundle-efficiency", ("month", "size", "channel")),
        ("therapist-preferences", ("therapist", "diagnosis", "age", "gender", "group")),
        ("placement-times", ("month", "insurance", "region")),
    ]

    for resource, groupings in questions:
        for by in groupings:
            known = str(analytics.read(resource, by=by))
            assert not any(
                word in known for word in ("patient_id", "search_id", "vorname", "nachname")
            )


def test_numbers_are_counted_anew_after_a_minute_at_the_earliest(analytics: Analytics) -> None:
    first = datetime.now(UTC)

    assert analytics.refresh(first)
    assert not analytics.refresh(first + timedelta(seconds=59))
    assert analytics.refresh(first + timedelta(hours=1))


def test_two_workers_count_once(analytics: Analytics) -> None:
    together, counted = Barrier(2), []

    def count() -> None:
        together.wait()
        counted.append(analytics.refresh(NOW))

    threads = [Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(counted) == [False, True]


def test_what_is_no_longer_true_disappears_with_the_next_count(
    database: Any, analytics: Analytics
) -> None:
    write(database, year_of([patient(1)], [answer(1, 1)]))
    analytics.refresh()
    with database.engine(database.admin_url).begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("DELETE FROM matching_service.therapeut_anfrage_patient"))
    analytics.refresh(NOW + DAY)

    answers = analytics.read("therapist-preferences")
    assert {one["denominator"] for one in each_number(answers)} == {0}
