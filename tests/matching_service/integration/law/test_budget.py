"""used_contacts counts itself and never passes what was requested."""

import pytest

from tests.matching_service.integration.law.law_in_sql import Law, refused
from tests.matching_service.integration.law.placement_in_sql import Placement
from tests.matching_service.integration.law.side_by_side import run_side_by_side

CHECK_VIOLATION = "23514"
ADD = (
    "INSERT INTO therapeut_anfrage_patient (therapeutenanfrage_id, platzsuche_id, patient_id)"
    " VALUES (:inquiry, :search, 1)"
)
ANSWER = (
    "UPDATE therapeut_anfrage_patient SET status = :status, accepted_at = now() WHERE id = :row"
)


@pytest.mark.parametrize(
    ("states", "used"),
    [
        (["draft"], 1),
        (["sending"], 1),
        (["sending", "sent"], 1),
        (["sending", "sent", "answered"], 1),
        (["sending", "draft"], 1),
        (["sending", "sent", "closed"], 0),
        (["cancelled"], 0),
    ],
)
def test_a_row_counts_by_the_state_of_its_inquiry(
    placement: Placement, states: list[str], used: int
) -> None:
    search = placement.search()
    inquiry = placement.inquiry(search, exception="manual")
    for state in states:
        placement.move(inquiry, state)
    assert placement.used(search) == used


def test_a_row_withdrawn_before_sending_does_not_count(placement: Placement) -> None:
    search, *others = (placement.search() for _ in range(4))
    inquiry = placement.inquiry(search, *others)
    placement.withdraw(placement.rows(inquiry)[0])
    assert placement.used(search) == 0
    placement.move(inquiry, "sending")
    placement.move(inquiry, "sent")
    assert [placement.used(one) for one in (search, *others)] == [0, 1, 1, 1]


def test_a_row_withdrawn_after_sending_still_counts(placement: Placement) -> None:
    search = placement.search()
    inquiry = placement.inquiry(search, exception="manual")
    placement.move(inquiry, "sending")
    placement.move(inquiry, "sent")
    placement.withdraw(placement.rows(inquiry)[0])
    assert placement.used(search) == 1


@pytest.mark.parametrize("status", ["accepted", "conflict", "rejected"])
def test_whatever_is_answered_of_who_left_before_sending_counts_nothing(
    law: Law, placement: Placement, status: str
) -> None:
    search, *others = (placement.search(budget=1) for _ in range(4))
    inquiry = placement.inquiry(search, *others)
    left, *_ = placement.rows(inquiry)
    placement.withdraw(left)
    placement.inquiry(search)
    for state in ("sending", "sent", "answered"):
        placement.move(inquiry, state)
    law.run(ANSWER, status=status, row=left)
    assert placement.used(search) == 1


def test_a_row_that_is_taken_out_of_a_draft_returns_its_contact(
    law: Law, placement: Placement
) -> None:
    search = placement.search()
    placement.inquiry(search)
    law.run("DELETE FROM therapeut_anfrage_patient")
    assert placement.used(search) == 0


def test_the_last_contact_is_spent_and_not_one_more(placement: Placement) -> None:
    search = placement.search(budget=2)
    placement.inquiry(search)
    placement.inquiry(search)
    with refused("ck_platzsuche_budget"):
        placement.inquiry(search)


def test_the_budget_is_not_overrun_by_many_at_once(law: Law, placement: Placement) -> None:
    search = placement.search(budget=5)
    inquiries = [placement.inquiry() for _ in range(16)]

    outcomes = run_side_by_side(
        law.app, [(ADD, {"inquiry": inquiry, "search": search}) for inquiry in inquiries]
    )

    assert sorted(outcomes) == [CHECK_VIOLATION] * 11 + ["done"] * 5
    assert placement.used(search) == 5


def test_the_budget_cannot_be_cut_below_what_is_used(law: Law, placement: Placement) -> None:
    search = placement.search(budget=3)
    placement.inquiry(search)
    with refused("ck_platzsuche_budget"):
        law.run("UPDATE platzsuche SET total_requested_contacts = 0")
