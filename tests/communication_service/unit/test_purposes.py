"""Whom a letter to a practice speaks of, row by row of an inquiry."""

import pytest

from communication_service.domain.purposes import TO_PRACTICE, Purpose, speaks_of

INQUIRIES = ("draft", "sending", "sent", "answered", "closed", "cancelled")
ROWS = ("pending", "accepted", "rejected", "withdrawn", "conflict", "no_response")
OCCASIONS = {
    Purpose.INQUIRY: {("draft", "pending"), ("sending", "pending"), ("sent", "pending")},
    Purpose.REMINDER: {("sent", "pending")},
    Purpose.CONFIRMATION: {("answered", "accepted")},
    Purpose.CONFLICT_NOTICE: {("answered", "conflict")},
    Purpose.WITHDRAWAL_NOTICE: {("closed", "withdrawn")},
}


@pytest.mark.parametrize("purpose", TO_PRACTICE)
def test_a_letter_speaks_of_those_for_whom_inquiry_and_row_give_occasion(
    purpose: Purpose,
) -> None:
    spoken_of = {
        (inquiry, row)
        for inquiry in INQUIRIES
        for row in ROWS
        if speaks_of(purpose, inquiry, row, close_reason="emptied")
    }
    assert spoken_of == OCCASIONS[purpose]


def test_a_confirmation_is_silent_about_a_place_that_has_ended() -> None:
    assert not speaks_of(Purpose.CONFIRMATION, "answered", "accepted", ended=True)


def test_a_conflict_notice_tells_of_a_place_that_was_taken_away() -> None:
    assert speaks_of(Purpose.CONFLICT_NOTICE, "answered", "conflict", ended=True)


@pytest.mark.parametrize(
    ("close_reason", "is_told"),
    [
        ("emptied", True),
        ("no_response", False),
        ("contact_refused", False),
        ("therapist_blocked", False),
        ("therapist_deleted", False),
        ("v1", False),
        (None, False),
    ],
)
def test_only_a_practice_whose_inquiry_was_emptied_is_told_that_it_is_over(
    close_reason: str | None, is_told: bool
) -> None:
    told = speaks_of(Purpose.WITHDRAWAL_NOTICE, "closed", "withdrawn", close_reason=close_reason)
    assert told is is_told
