"""Whoever is excluded under the name of a merged therapist is not asked as the survivor either."""

from datetime import UTC, datetime

from flask.testing import FlaskClient

from matching_service.use_cases.exclusion_list import exclude_for_search
from matching_service.use_cases.merges import follow_merge
from tests.matching_service.desk import Desk
from tests.matching_service.world import World

DUPLICATE, SURVIVOR = 1, 2


def _desk(api: FlaskClient, world: World) -> tuple[Desk, list[int]]:
    for therapist_id in (DUPLICATE, SURVIVOR):
        world.add_therapist(therapist_id)
    return Desk(api, world), [world.add_search(patient_id) for patient_id in range(1, 5)]


def _merge(world: World) -> None:
    with world.database.transaction() as session:
        follow_merge(session, DUPLICATE, SURVIVOR, f"mailbox-{DUPLICATE}", datetime.now(UTC))


def test_a_late_not_suitable_from_the_duplicate_takes_the_search_out_of_the_survivors_draft(
    api: FlaskClient, world: World
) -> None:
    desk, (search, *_) = _desk(api, world)
    to_duplicate, to_survivor = desk.sent(DUPLICATE), desk.draft(SURVIVOR)
    assert desk.statuses(to_survivor)[search] == "pending"
    _merge(world)

    desk.answer(to_duplicate, {search: "rejected_not_suitable"})

    assert [one["therapist_id"] for one in desk.search(search)["excluded_therapists"]] == [SURVIVOR]
    assert search not in desk.statuses(to_survivor)


def test_an_exclusion_that_waited_for_the_merge_takes_the_search_out_of_the_survivors_draft(
    api: FlaskClient, world: World
) -> None:
    desk, (search, *_) = _desk(api, world)
    to_survivor = desk.draft(SURVIVOR)
    _merge(world)

    with world.database.transaction() as session:  # what it has read of the duplicate is older
        now = datetime.now(UTC)
        exclude_for_search(session, search, DUPLICATE, "kennt sie", actor="anna", now=now)

    assert [one["therapist_id"] for one in desk.search(search)["excluded_therapists"]] == [SURVIVOR]
    assert search not in desk.statuses(to_survivor)
