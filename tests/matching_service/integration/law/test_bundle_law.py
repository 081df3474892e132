"""One open inquiry per mailbox; a bundle of three to six when it leaves the draft."""

import pytest
from sqlalchemy import text

from tests.matching_service.integration.law.law_in_sql import Law, refused
from tests.matching_service.integration.law.placement_in_sql import WITHDRAW, Placement
from tests.matching_service.integration.law.side_by_side import run_side_by_side

OPEN = (
    "INSERT INTO therapeutenanfrage (therapist_id, mailbox_id, mailbox_key, created_by, state)"
    " VALUES (:therapist, :mailbox, 'practice', 'anna', :state)"
)
LOCK_NOT_AVAILABLE = "55P03"
SEND = "UPDATE therapeutenanfrage SET state = 'sending' WHERE id = :inquiry"


def _bundle(placement: Placement, size: int, exception: str | None = None) -> int:
    return placement.inquiry(*(placement.search() for _ in range(size)), exception=exception)


@pytest.mark.parametrize("size", [3, 4, 5, 6])
def test_three_to_six_patients_may_be_sent(placement: Placement, size: int) -> None:
    placement.move(_bundle(placement, size), "sending")


@pytest.mark.parametrize("size", [0, 1, 2, 7])
def test_fewer_than_three_or_more_than_six_are_refused(placement: Placement, size: int) -> None:
    inquiry = _bundle(placement, size)
    with refused("bundle_size_3_to_6"):
        placement.move(inquiry, "sending")


@pytest.mark.parametrize("exception", ["thin_region", "override", "manual", "cutover"])
@pytest.mark.parametrize("size", [1, 2])
def test_one_or_two_are_sent_as_an_exception(
    placement: Placement, size: int, exception: str
) -> None:
    placement.move(_bundle(placement, size, exception), "sending")


@pytest.mark.parametrize("size", [0, 7])
def test_no_exception_allows_none_or_seven(placement: Placement, size: int) -> None:
    inquiry = _bundle(placement, size, "manual")
    with refused("bundle_size_3_to_6"):
        placement.move(inquiry, "sending")


@pytest.mark.parametrize("state", ["cancelled", "closed"])
def test_a_small_draft_may_be_given_up(placement: Placement, state: str) -> None:
    placement.move(_bundle(placement, 1), state)


def test_withdrawn_patients_do_not_count(placement: Placement) -> None:
    inquiry = _bundle(placement, 3)
    placement.withdraw(placement.rows(inquiry)[0])
    with refused("bundle_size_3_to_6"):
        placement.move(inquiry, "sending")


def test_a_withdrawal_after_sending_is_no_violation(placement: Placement) -> None:
    inquiry = _bundle(placement, 3)
    placement.move(inquiry, "sending")
    for row in placement.rows(inquiry):
        placement.withdraw(row)
    placement.move(inquiry, "sent")


def test_the_size_is_judged_when_the_transaction_ends(law: Law, placement: Placement) -> None:
    inquiry = _bundle(placement, 7)
    with law.app.begin() as connection:
        connection.exec_driver_sql("UPDATE therapeutenanfrage SET state = 'sending'")
        connection.exec_driver_sql(
            "DELETE FROM therapeut_anfrage_patient WHERE position_in_bundle = 7"
        )
    assert len(placement.rows(inquiry)) == 6


@pytest.mark.parametrize("state", ["sending", "sent"])
def test_an_inquiry_that_was_never_a_draft_is_judged_too(law: Law, state: str) -> None:
    mailbox = law.mailbox()
    with refused("bundle_size_3_to_6"):
        law.run(OPEN, therapist=1, mailbox=mailbox, state=state)


def test_sending_waits_for_a_withdrawal_that_is_under_way(law: Law, placement: Placement) -> None:
    inquiry = _bundle(placement, 3)
    with law.app.begin() as withdrawing:
        withdrawing.execute(text(WITHDRAW), {"row": placement.rows(inquiry)[0]})
        with refused(LOCK_NOT_AVAILABLE), law.app.begin() as sending:
            sending.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            sending.execute(text(SEND), {"inquiry": inquiry})
    with refused("bundle_size_3_to_6"):
        placement.move(inquiry, "sending")


def test_bundle_size_is_fixed_once_the_draft_has_left(law: Law, placement: Placement) -> None:
    inquiry = _bundle(placement, 3)
    law.run("UPDATE therapeutenanfrage SET bundle_size = 4")
    law.run("UPDATE therapeutenanfrage SET bundle_size = 3, state = 'sending'")
    with refused("bundle_size_fixed_at_sending"):
        law.run("UPDATE therapeutenanfrage SET bundle_size = 4")
    placement.move(inquiry, "draft")
    law.run("UPDATE therapeutenanfrage SET bundle_size = 4")


def test_a_mailbox_has_one_open_inquiry(law: Law, placement: Placement) -> None:
    mailbox = law.mailbox()
    law.run(OPEN, therapist=1, mailbox=mailbox, state="draft")
    with refused("uq_therapeutenanfrage_open"):
        law.run(OPEN, therapist=2, mailbox=mailbox, state="draft")
    law.run("UPDATE therapeutenanfrage SET state = 'cancelled'")
    law.run(OPEN, therapist=2, mailbox=mailbox, state="draft")


def test_of_many_inquiries_to_one_mailbox_in_one_moment_one_is_opened(law: Law) -> None:
    mailbox = law.mailbox()
    outcomes = run_side_by_side(
        law.app, [(OPEN, {"therapist": n, "mailbox": mailbox, "state": "draft"}) for n in range(8)]
    )
    assert sorted(outcomes) == ["23505"] * 7 + ["done"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("state = 'lost'", "ck_therapeutenanfrage_state"),
        ("state = 'answered'", "ck_therapeutenanfrage_answered"),
        ("response_type = 'maybe'", "ck_therapeutenanfrage_response_type"),
        ("response_channel = 'pigeon'", "ck_therapeutenanfrage_response_channel"),
        ("size_exception = 'mood'", "ck_therapeutenanfrage_size_exception"),
        ("placed_count = 1", "ck_therapeutenanfrage_counts"),
    ],
)
def test_an_inquiry_that_makes_no_sense_is_refused(
    law: Law, placement: Placement, change: str, why: str
) -> None:
    _bundle(placement, 3)
    with refused(why):
        law.run(f"UPDATE therapeutenanfrage SET {change}")
