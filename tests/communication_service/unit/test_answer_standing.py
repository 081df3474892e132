import pytest

from communication_service.domain.answer_page import (
    AskedPatient,
    AskedTherapist,
    RowStatus,
    Standing,
    lettered,
    standing_of,
)

MAILBOX = "mark of a mailbox"
HERE = AskedTherapist("aktiv", opted_out=False, mailbox=MAILBOX)


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        ("draft", Standing.NOT_SENT),
        ("sending", Standing.OPEN),
        ("sent", Standing.OPEN),
        ("answered", Standing.ANSWERED),
        ("closed", Standing.CLOSED),
        ("cancelled", Standing.CANCELLED),
        ("unheard_of", Standing.GONE),
    ],
)
def test_the_state_of_the_inquiry_decides_for_a_practice_that_may_be_asked(
    state: str, standing: Standing
) -> None:
    assert standing_of(state, HERE, MAILBOX) is standing


@pytest.mark.parametrize("state", ["draft", "sending", "sent", "answered", "closed", "cancelled"])
@pytest.mark.parametrize(
    ("therapist", "standing"),
    [
        (None, Standing.GONE),
        (AskedTherapist("gesperrt", opted_out=False, mailbox=MAILBOX), Standing.GONE),
        (AskedTherapist("inaktiv", opted_out=False, mailbox=MAILBOX), Standing.GONE),
        (AskedTherapist("aktiv", opted_out=True, mailbox=MAILBOX), Standing.OPTED_OUT),
        (AskedTherapist("gesperrt", opted_out=True, mailbox="other"), Standing.OPTED_OUT),
        (AskedTherapist("aktiv", opted_out=False, mailbox="other"), Standing.MOVED),
    ],
)
def test_the_link_of_a_practice_that_nobody_may_ask_is_dead_whatever_the_state(
    state: str, therapist: AskedTherapist | None, standing: Standing
) -> None:
    assert standing_of(state, therapist, MAILBOX) is standing


def asked(search_id: int, status: RowStatus = RowStatus.PENDING) -> AskedPatient:
    return AskedPatient(search_id, 100 + search_id, status, None, None, None)


def letters(mailed: list[int], *patients: AskedPatient) -> dict[str, int]:
    return {letter: one.search_id for letter, one in lettered(mailed, patients).items()}


def test_everybody_has_the_letter_of_the_mail_whatever_order_matching_tells() -> None:
    assert letters([7, 5, 9], asked(5), asked(9), asked(7)) == {"A": 7, "B": 5, "C": 9}


def test_somebody_who_has_left_keeps_the_letter() -> None:
    gone = asked(5, RowStatus.WITHDRAWN)
    assert letters([7, 5, 9], asked(7), gone, asked(9)) == {"A": 7, "B": 5, "C": 9}


def test_who_had_left_before_the_mail_was_written_has_none() -> None:
    assert letters([7, 9], asked(7), asked(5, RowStatus.WITHDRAWN), asked(9)) == {"A": 7, "B": 9}


def test_who_waits_without_having_stood_in_the_mail_comes_last() -> None:
    assert letters([7, 9], asked(5), asked(7), asked(9)) == {"A": 7, "B": 9, "C": 5}


def test_an_inquiry_that_never_went_by_mail_goes_by_its_own_order() -> None:
    assert letters([], asked(5), asked(9)) == {"A": 5, "B": 9}
