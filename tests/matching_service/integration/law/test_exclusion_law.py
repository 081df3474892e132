"""Nobody is asked whom the search excludes, and no exclusion protects from somebody who has become
somebody else: whoever comes second begins anew."""

import pytest

from tests.matching_service.integration.law.law_in_sql import Law, refused
from tests.matching_service.integration.law.placement_in_sql import Placement
from tests.matching_service.integration.law.side_by_side import run_side_by_side

NOT_ASKED, NOT_MISSED = "no_excluded_therapist_is_asked", "no_exclusion_misses_a_merge"
SERIALIZATION_FAILURE = "40001"
EXCLUDE = (
    "INSERT INTO platzsuche_exclusion (platzsuche_id, therapist_id, reason, source, excluded_by)"
    " SELECT :search, therapist_id, 'kennt sie', 'staff', 'anna'"
    " FROM therapeutenanfrage WHERE id = :inquiry"
)
ASK = (
    "INSERT INTO therapeut_anfrage_patient (therapeutenanfrage_id, platzsuche_id, patient_id)"
    " VALUES (:inquiry, :search, 1)"
)
MERGE = (
    "INSERT INTO merged_therapist (therapist_id, survivor_id, mailbox_id, merged_at)"
    " SELECT therapist_id, 4711, mailbox_id, now() FROM therapeutenanfrage WHERE id = :inquiry"
)


def test_a_search_is_not_put_into_an_inquiry_to_somebody_it_excludes(
    law: Law, placement: Placement
) -> None:
    search, inquiry = placement.search(), placement.inquiry()
    law.run(EXCLUDE, search=search, inquiry=inquiry)
    with refused(NOT_ASKED):
        placement.row(inquiry, search)


@pytest.mark.parametrize("states", [["draft"], ["sending"], ["sending", "sent"]])
def test_an_exclusion_does_not_leave_the_search_waiting(
    law: Law, placement: Placement, states: list[str]
) -> None:
    search = placement.search()
    inquiry = placement.inquiry(search, exception="manual")
    for state in states:
        placement.move(inquiry, state)
    with refused(NOT_ASKED):
        law.run(EXCLUDE, search=search, inquiry=inquiry)


def test_of_a_question_and_an_exclusion_at_the_same_moment_one_begins_anew(
    law: Law, placement: Placement
) -> None:
    for _ in range(20):
        about = {"search": placement.search(), "inquiry": placement.inquiry()}
        outcomes = run_side_by_side(law.app, [(ASK, about), (EXCLUDE, about)])
        assert sorted(outcomes) == [SERIALIZATION_FAILURE, "done"]


def test_who_has_become_somebody_else_is_not_excluded_under_the_old_name(
    law: Law, placement: Placement
) -> None:
    search, inquiry = placement.search(), placement.inquiry()
    law.run(MERGE, inquiry=inquiry)
    with refused(NOT_MISSED):
        law.run(EXCLUDE, search=search, inquiry=inquiry)


def test_who_is_withdrawn_may_exclude(law: Law, placement: Placement) -> None:
    search, *others = (placement.search() for _ in range(4))
    inquiry = placement.inquiry(search, *others)
    placement.withdraw(placement.rows(inquiry)[0])
    law.run(EXCLUDE, search=search, inquiry=inquiry)
