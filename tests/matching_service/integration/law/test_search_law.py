"""One unfinished search per patient; success and end say why; exclusions are listed."""

import pytest

from tests.matching_service.integration.law.law_in_sql import Law, refused
from tests.matching_service.integration.law.placement_in_sql import Placement

OPEN_SEARCH = "INSERT INTO platzsuche (patient_id, created_by) VALUES (4711, 'anna')"


@pytest.mark.parametrize("status", ["active", "paused", "in_sessions"])
def test_a_patient_has_one_unfinished_search(law: Law, status: str) -> None:
    law.run(OPEN_SEARCH)
    law.run("UPDATE platzsuche SET status = :status", status=status)
    with refused("uq_platzsuche_unfinished"):
        law.run(OPEN_SEARCH)


@pytest.mark.parametrize(
    "end",
    [
        "status = 'abandoned', end_reason = 'moved'",
        "status = 'successful', first_meeting_on = '2026-11-23', sessions_held = 1",
    ],
)
def test_after_a_finished_search_another_may_begin(law: Law, end: str) -> None:
    law.run(OPEN_SEARCH)
    law.run(f"UPDATE platzsuche SET {end}")
    law.run(OPEN_SEARCH)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("status = 'lost'", "ck_platzsuche_status"),
        ("status = 'abandoned'", "ck_platzsuche_abandoned"),
        ("end_reason = 'boredom'", "ck_platzsuche_end_reason"),
        ("status = 'successful', sessions_held = 1", "ck_platzsuche_successful"),
        ("status = 'successful', first_meeting_on = '2026-11-23'", "ck_platzsuche_successful"),
        ("sessions_held = -1", "ck_platzsuche_sessions_held"),
        ("total_requested_contacts = -1", "ck_platzsuche_budget"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(
    law: Law, placement: Placement, change: str, why: str
) -> None:
    placement.search()
    with refused(why):
        law.run(f"UPDATE platzsuche SET {change}")


@pytest.mark.parametrize("count", [0, 101])
def test_a_contact_request_asks_for_1_to_100(law: Law, placement: Placement, count: int) -> None:
    with refused("ck_platzsuche_contact_request_count"):
        law.run(
            "INSERT INTO platzsuche_contact_request (platzsuche_id, requested_count, created_by)"
            " VALUES (:search, :count, 'anna')",
            search=placement.search(),
            count=count,
        )


def _exclude(law: Law, search: int, therapist: int) -> None:
    law.run(
        "INSERT INTO platzsuche_exclusion"
        " (platzsuche_id, therapist_id, reason, source, excluded_by)"
        " VALUES (:search, :therapist, 'kennt ihn', 'staff', 'anna')",
        search=search,
        therapist=therapist,
    )


def test_the_list_of_excluded_therapists_follows_the_exclusions(
    law: Law, placement: Placement
) -> None:
    search = placement.search()
    for therapist in (9, 4, 7):
        _exclude(law, search, therapist)
    law.run(
        "UPDATE platzsuche_exclusion SET removed_at = now(), removed_by = 'anna'"
        " WHERE therapist_id = 9"
    )
    assert placement.of_search(search).excluded_therapists == [4, 7]


def test_a_therapist_is_excluded_once_and_again_after_a_removal(
    law: Law, placement: Placement
) -> None:
    search = placement.search()
    _exclude(law, search, 4)
    with refused("uq_platzsuche_exclusion_active"):
        _exclude(law, search, 4)
    law.run("UPDATE platzsuche_exclusion SET removed_at = now(), removed_by = 'anna'")
    _exclude(law, search, 4)
    assert placement.of_search(search).excluded_therapists == [4]


@pytest.mark.parametrize("change", ["excluded_therapists = '[4]'", "used_contacts = 1"])
def test_columns_that_triggers_keep_are_refused_to_the_program(
    law: Law, placement: Placement, change: str
) -> None:
    placement.search()
    with refused("42501"):
        law.run(f"UPDATE platzsuche SET {change}")
