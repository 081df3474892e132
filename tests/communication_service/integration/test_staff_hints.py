"""Our staff hear of every change after a confirmation: once each, and of nothing twice."""

import pytest

from communication_service.domain.purposes import Purpose
from tests.communication_service.integration.hostile_smtp import Postbox
from tests.communication_service.integration.mails import (
    arrived,
    let_the_delay_pass,
    letter,
    text_of,
)
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

YES, NO, OTHER = "accepted", "rejected_capacity", "rejected_other"


@pytest.fixture
def confirmed(neighbourhood: Neighbourhood, worker: SteppedWorker, mailed: int) -> int:
    """The practice knows that the first patient comes."""
    neighbourhood.answer_each(mailed, [YES, NO, NO])
    worker.hear()
    let_the_delay_pass(worker)
    return mailed


@pytest.fixture
def hinted(neighbourhood: Neighbourhood, worker: SteppedWorker, confirmed: int) -> int:
    """Staff know that it is the third instead."""
    correct(neighbourhood, worker, confirmed, NO, NO, YES)
    return confirmed


def correct(
    neighbourhood: Neighbourhood, worker: SteppedWorker, bundle_id: int, *outcomes: str
) -> None:
    neighbourhood.answer_each(bundle_id, outcomes, reason="verhört")
    worker.hear()
    let_the_delay_pass(worker)


def people_in_hints(postbox: Postbox, purpose: Purpose = Purpose.CORRECTED_TOO_LATE) -> list[str]:
    """By their letters, hint by hint."""
    texts = [text_of(message) for message in arrived(postbox, purpose)]
    return ["".join(one for one in "ABC" if f"Person {one}\n" in text) for text in texts]


def test_a_second_change_after_the_confirmation_is_told_as_well(
    worker: SteppedWorker, neighbourhood: Neighbourhood, hinted: int, postbox: Postbox
) -> None:
    correct(neighbourhood, worker, hinted, NO, YES, NO)
    assert people_in_hints(postbox) == ["AC", "BC"]
    first, second = arrived(postbox, Purpose.CORRECTED_TOO_LATE)
    assert first["Message-ID"] != second["Message-ID"]


def test_what_staff_were_told_and_is_taken_back_is_told_too(
    worker: SteppedWorker, neighbourhood: Neighbourhood, hinted: int, postbox: Postbox
) -> None:
    correct(neighbourhood, worker, hinted, YES, NO, NO)
    assert people_in_hints(postbox) == ["AC", "AC"]


def test_news_that_change_nothing_for_the_practice_are_not_told_again(
    worker: SteppedWorker, neighbourhood: Neighbourhood, hinted: int, postbox: Postbox
) -> None:
    correct(neighbourhood, worker, hinted, OTHER, NO, YES)
    assert people_in_hints(postbox) == ["AC"]


def test_a_change_that_is_taken_back_before_anybody_was_told_is_told_to_nobody(
    worker: SteppedWorker, neighbourhood: Neighbourhood, confirmed: int, postbox: Postbox
) -> None:
    neighbourhood.answer_each(confirmed, [NO, NO, YES], reason="verhört")
    worker.hear()
    assert letter(worker, Purpose.CORRECTED_TOO_LATE, about=confirmed) is not None
    correct(neighbourhood, worker, confirmed, YES, NO, NO)
    assert people_in_hints(postbox) == []


def test_whose_consent_is_missing_is_told_also_after_a_first_hint(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    neighbourhood.answer_each(mailed, [YES, NO, NO])
    worker.round()
    neighbourhood.answer_each(mailed, [YES, NO, YES], reason="verhört")
    worker.round()
    assert people_in_hints(postbox, Purpose.CONSENT_MISSING) == ["A", "C"]
