"""An answer was misheard: it is corrected by hand, and everything that it led to follows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from shared.contracts.berlin import berlin_day
from tests.issuer import Issuer
from tests.matching_service.conftest import deadlocks
from tests.matching_service.desk import BUNDLES, Desk
from tests.matching_service.world import World

YES, NOT_SUITABLE, CAPACITY = "accepted", "rejected_not_suitable", "rejected_capacity"


@pytest.fixture
def searches(world: World) -> list[int]:
    for therapist_id in (1, 2, 3):
        world.add_therapist(therapist_id)
    return [world.add_search(patient_id) for patient_id in (1, 2, 3)]


@pytest.fixture
def desk(api: FlaskClient, world: World, searches: list[int]) -> Desk:
    assert searches
    return Desk(api, world)


@pytest.fixture
def one(searches: list[int]) -> int:
    return searches[0]


def _conflicts(desk: Desk) -> list[tuple[str, str | None]]:
    found = desk.rows("SELECT state, resolution FROM conflict ORDER BY id")
    return [(conflict["state"], conflict["resolution"]) for conflict in found]


def test_a_winner_corrected_away_makes_the_search_active_and_the_loser_promotable(
    desk: Desk, one: int
) -> None:
    first, second = desk.sent(1), desk.sent(2)
    desk.answer(first, {one: YES})
    desk.answer(second, {one: YES})

    corrected = desk.correct(first, {one: CAPACITY})["bundle"]

    search = desk.search(one)
    assert (search["status"], search["accepted_therapist_id"]) == ("active", None)
    assert search["excluded_therapists"] == []
    assert (corrected["response_type"], corrected["accepted_count"]) == ("rejected", 0)
    assert (corrected["placed_count"], corrected["state"]) == (0, "answered")
    assert _conflicts(desk) == [("promotable", None)]
    [row] = desk.rows("SELECT * FROM therapeut_anfrage_patient WHERE end_reason IS NOT NULL")
    assert (row["status"], row["end_reason"]) == ("rejected", "correction")
    assert [event["type"] for event in desk.events()[-2:]] == [
        "search.status_changed",
        "bundle.responded",
    ]
    assert desk.events()[-1]["data"]["accepted_count"] == 0


def test_what_was_said_before_stays_with_who_and_why(desk: Desk, one: int) -> None:
    bundle = desk.sent(1)
    desk.answer(bundle, {one: YES})

    desk.correct(bundle, {one: NOT_SUITABLE}, correction={"reason": "anderer Patient"})

    [kept] = desk.rows("SELECT * FROM response_correction")
    assert (kept["old_outcome"], kept["new_outcome"]) == (YES, NOT_SUITABLE)
    assert (kept["old_status"], kept["new_status"]) == (YES, "rejected")
    assert (kept["reason"], kept["corrected_by"]) == ("anderer Patient", "staff1")
    last = desk.history(one)[-1]
    assert (last["kind"], last["from"], last["to"]) == ("answer_corrected", YES, NOT_SUITABLE)
    assert (last["reason"], last["ref"]) == ("anderer Patient", f"bundle:{bundle['id']}")


@pytest.mark.parametrize(
    "statement", ["UPDATE response_correction SET reason = 'x'", "DELETE FROM response_correction"]
)
def test_nobody_rewrites_that_history(world: World, statement: str) -> None:
    with pytest.raises(ProgrammingError), world.database.transaction() as session:
        session.execute(text(statement))


def test_a_loser_corrected_away_leaves_nothing_to_settle(desk: Desk, one: int) -> None:
    first, second = desk.sent(1), desk.sent(2)
    desk.answer(first, {one: YES})
    desk.answer(second, {one: YES})
    assert [task[0] for task in desk.tasks()] == ["conflict"]

    desk.correct(second, {one: CAPACITY})

    assert _conflicts(desk) == [("resolved", "moot")]
    assert desk.tasks() == []
    assert desk.search(one)["accepted_therapist_id"] == 1


def test_an_acceptance_overheard_at_first_places_the_patient(desk: Desk, one: int) -> None:
    bundle, elsewhere = desk.sent(1), desk.sent(2)
    desk.answer(bundle, {})

    corrected = desk.correct(bundle, {one: YES})

    assert (corrected["bundle"]["response_type"], corrected["conflicts"]) == ("partial", [])
    assert corrected["bundle"]["placed_count"] == 1
    assert desk.search(one)["status"] == "in_sessions"
    assert desk.statuses(elsewhere)[one] == "withdrawn"


def test_an_acceptance_overheard_at_first_may_come_too_late(desk: Desk, one: int) -> None:
    first, second = desk.sent(1), desk.sent(2)
    desk.answer(first, {})
    desk.answer(second, {one: YES})

    corrected = desk.correct(first, {one: YES})

    [conflict] = corrected["conflicts"]
    assert (conflict["kind"], conflict["winner_bundle_id"]) == ("conflict", second["id"])
    assert desk.search(one)["accepted_therapist_id"] == 2


@pytest.mark.parametrize(
    ("said", "meant", "excluded"),
    [
        (NOT_SUITABLE, CAPACITY, []),
        (NOT_SUITABLE, YES, []),
        (CAPACITY, NOT_SUITABLE, [1]),
        (YES, NOT_SUITABLE, [1]),
    ],
)
def test_exclusions_follow_the_corrected_answer(
    desk: Desk, world: World, one: int, said: str, meant: str, excluded: list[int]
) -> None:
    bundle = desk.sent(1)
    desk.answer(bundle, {one: said})

    desk.correct(bundle, {one: meant})

    assert world.search(one).excluded_therapists == excluded


def test_a_correction_to_not_suitable_takes_the_search_out_of_a_later_draft_as_well(
    desk: Desk, one: int
) -> None:
    bundle = desk.sent(1)
    desk.answer(bundle, {one: CAPACITY})
    later = desk.assigned(1, one, override_cooling={"reason": "hat angerufen"})

    desk.correct(bundle, {one: NOT_SUITABLE})

    assert desk.read(later)["state"] == "cancelled"


def test_a_promotable_conflict_waits_again_when_somebody_else_gets_the_place(
    desk: Desk, one: int
) -> None:
    first, second = desk.sent(1), desk.sent(2)
    desk.answer(first, {one: YES})
    desk.answer(second, {one: YES})
    desk.correct(first, {one: CAPACITY})
    assert _conflicts(desk) == [("promotable", None)]

    desk.answer(desk.sent(3), {one: YES})

    [conflict] = desk.rows("SELECT state, winner_row_id FROM conflict")
    [holder] = desk.rows("SELECT id FROM therapeut_anfrage_patient WHERE status = 'accepted'")
    assert conflict == {"state": "open", "winner_row_id": holder["id"]}


def test_a_late_yes_to_a_search_that_is_active_again_is_promotable_at_once(
    desk: Desk, one: int
) -> None:
    """The row was withdrawn, so a person decides."""
    first, second = desk.sent(1), desk.sent(2)
    desk.answer(first, {one: YES})
    desk.correct(first, {one: CAPACITY})

    answered = desk.answer(second, {one: YES})

    assert [(c["state"], c["winner_bundle_id"]) for c in answered["conflicts"]] == [
        ("promotable", None)
    ]
    assert desk.search(one)["status"] == "active"


def test_the_cooling_stays_as_it_began(desk: Desk, one: int) -> None:
    bundle = desk.sent(1)
    answered = desk.answer(bundle, {one: YES})
    blocks = desk.rows("SELECT * FROM mailbox_block")

    corrected = desk.correct(bundle, {one: CAPACITY})

    assert corrected["next_contactable_date"] == answered["next_contactable_date"]
    assert corrected["bundle"]["response_date"] == answered["bundle"]["response_date"]
    assert desk.rows("SELECT * FROM mailbox_block") == blocks


def test_the_same_outcomes_again_are_no_correction(desk: Desk, one: int) -> None:
    bundle = desk.sent(1)
    desk.answer(bundle, {one: YES})
    desk.correct(bundle, {one: CAPACITY})
    before, told = desk.read(bundle), len(desk.events())

    again = desk.correct(bundle, {one: CAPACITY}, tag='"1"')

    assert again["bundle"] == before
    assert len(desk.events()) == told
    assert len(desk.rows("SELECT * FROM response_correction")) == 1


def test_a_correction_needs_the_version_that_was_read(desk: Desk, one: int) -> None:
    bundle = desk.sent(1)
    desk.answer(bundle, {one: YES})

    assert desk.correct(bundle, {}, 428, tag="none")["type"] == "/problems/if-match-required"
    assert desk.correct(bundle, {}, 412, tag='"1"')["type"] == "/problems/stale"
    assert desk.search(one)["status"] == "in_sessions"


def test_only_people_correct(desk: Desk, one: int, issuer: Issuer) -> None:
    bundle = desk.sent(1)
    desk.answer(bundle, {one: YES})
    service = Desk(desk.api, desk.world, issuer.bearer("service"))

    service.correct(bundle, {}, 403)

    assert desk.search(one)["status"] == "in_sessions"


def test_only_what_was_answered_can_be_corrected(desk: Desk) -> None:
    refused = desk.correct(desk.sent(1), {}, 409)

    assert (refused["type"], refused["current"]) == ("/problems/illegal-transition", "sent")


def test_a_correction_covers_every_patient_who_has_an_outcome(
    desk: Desk, searches: list[int]
) -> None:
    bundle = desk.sent(1)
    desk.answer(bundle, {})
    body = {
        "responses": [{"search_id": 4711, "outcome": YES}],
        "channel": "phone",
        "correction": {"reason": "x"},
    }
    headers = {"If-Match": f'"{desk.read(bundle)["version"]}"'}

    refused = desk.call(
        "PUT", f"{BUNDLES}/{bundle['id']}/response", 422, json=body, headers=headers
    )

    assert (refused["missing"], refused["unknown"]) == (searches, [4711])


def _finish(desk: Desk, search_id: int, end: str) -> None:
    facts: dict[str, Any] = {"end_reason": "moved"}
    if end == "successful":
        facts = {"first_meeting_on": "2026-11-01", "sessions_held": 1, "patient_continues": True}
    desk.move(search_id, end, **facts)


@pytest.mark.parametrize("end", ["successful", "abandoned"])
@pytest.mark.parametrize(("said", "meant"), [(YES, CAPACITY), (CAPACITY, YES)])
def test_what_a_finished_search_came_from_is_corrected_by_admins_alone(
    desk: Desk, one: int, issuer: Issuer, end: str, said: str, meant: str
) -> None:
    first, second = desk.sent(1), desk.sent(2)
    desk.answer(first, {one: said})
    desk.answer(second, {one: YES} if said == CAPACITY else {})
    _finish(desk, one, end)
    admin = Desk(desk.api, desk.world, issuer.bearer("admin"))

    refused = desk.correct(first, {one: meant}, 409)
    corrected = admin.correct(first, {one: meant})

    assert (refused["type"], refused["search_id"]) == ("/problems/correction-too-late", one)
    outcomes = {p["search_id"]: p["outcome"] for p in corrected["bundle"]["patients"]}
    assert outcomes[one] == meant
    assert desk.search(one)["status"] == end
    assert corrected["bundle"]["placed_count"] == 0


def test_an_acceptance_that_had_ended_is_corrected_without_touching_the_search(
    desk: Desk, one: int
) -> None:
    first, second = desk.sent(1), desk.sent(2)
    desk.answer(first, {one: YES})
    desk.move(one, "active", end_reason="trial_failed")
    world_before = desk.search(one)
    assert desk.statuses(second)[one] == "withdrawn"

    desk.correct(first, {one: CAPACITY})

    assert desk.search(one) == world_before
    [row] = desk.rows("SELECT end_reason FROM therapeut_anfrage_patient WHERE ended_at IS NOT NULL")
    assert row["end_reason"] == "trial_failed"


def test_an_answer_that_came_later_than_noted_cools_longer_and_never_shorter(
    desk: Desk, one: int, world: World
) -> None:
    bundle = desk.sent(1, at=world.now - timedelta(days=9))
    first = (world.now - timedelta(days=5)).isoformat()
    later = (world.now - timedelta(days=2)).isoformat()
    desk.answer(bundle, {one: YES}, responded_at=first)

    longer = desk.correct(bundle, {}, responded_at=later)
    not_shorter = desk.correct(bundle, {one: YES}, responded_at=first)

    until = (berlin_day(world.now - timedelta(days=2)) + timedelta(days=28)).isoformat()
    assert [longer["next_contactable_date"], not_shorter["next_contactable_date"]] == [until] * 2
    desk.correct(bundle, {}, 422, responded_at=(world.now + timedelta(hours=1)).isoformat())


def test_a_correction_and_another_acceptance_at_once_leave_one_promotable_conflict(
    desk: Desk, one: int, database: Any
) -> None:
    first, second = desk.sent(1), desk.sent(2)
    desk.answer(first, {one: YES})
    start = Barrier(2)

    def at_once(act: Callable[[Desk], Any]) -> None:
        client = desk.api.application.test_client()
        client.environ_base = desk.api.environ_base
        start.wait()
        act(Desk(client, desk.world))

    acts: list[Callable[[Desk], Any]] = [
        lambda own: own.correct(first, {}),
        lambda own: own.answer(second, {one: YES}),
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(at_once, acts))

    assert _conflicts(desk) == [("promotable", None)]
    assert desk.search(one)["status"] == "active"
    assert deadlocks(database) == 0
