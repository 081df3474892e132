"""A place that has ended: nobody is named for it any more, however long the confirmation waited."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import Purpose
from tests.communication_service.integration.hostile_smtp import Manners, Postbox, Step
from tests.communication_service.integration.mails import (
    arrived,
    let_the_delay_pass,
    letter,
    text_of,
)
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

YES, NO = "accepted", "rejected_capacity"
ENDINGS = [
    pytest.param("active", {"end_reason": "patient_declined"}, id="back to the search"),
    pytest.param("abandoned", {"end_reason": "withdrew"}, id="given up"),
]
ending = pytest.mark.parametrize(("to", "facts"), ENDINGS)


@pytest.fixture
def promised(neighbourhood: Neighbourhood, worker: SteppedWorker, mailed: int) -> int:
    """The first patient has the place, has agreed to be named, and the confirmation waits."""
    neighbourhood.consent(neighbourhood.searches_in(mailed)[0])
    neighbourhood.answer_each(mailed, [YES, NO, NO])
    worker.hear()
    return mailed


@ending
def test_a_place_that_ends_within_the_delay_takes_the_confirmation_along(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    promised: int,
    postbox: Postbox,
    to: str,
    facts: dict[str, Any],
) -> None:
    neighbourhood.move_search(neighbourhood.searches_in(promised)[0], to, **facts)
    worker.hear()
    assert letter(worker, Purpose.CONFIRMATION, about=promised) is None
    let_the_delay_pass(worker)
    assert arrived(postbox, Purpose.CONFIRMATION) == []


@ending
def test_an_end_that_nobody_has_heard_of_yet_is_seen_by_the_last_look(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    promised: int,
    postbox: Postbox,
    to: str,
    facts: dict[str, Any],
) -> None:
    neighbourhood.move_search(neighbourhood.searches_in(promised)[0], to, **facts)
    let_the_delay_pass(worker)
    mail = letter(worker, Purpose.CONFIRMATION, about=promised)
    assert mail is not None
    assert (mail.state, mail.error_message) == (MailState.FAILED, "nobody_left")
    assert arrived(postbox, Purpose.CONFIRMATION) == []


def test_whoever_keeps_the_place_is_confirmed_without_the_one_whose_place_has_ended(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    [first, second, _] = neighbourhood.searches_in(mailed)
    neighbourhood.answer_each(mailed, [YES, YES, NO])
    worker.hear()
    neighbourhood.move_search(first, "abandoned", end_reason="withdrew")
    worker.hear()
    waiting = letter(worker, Purpose.CONFIRMATION, about=mailed)
    assert waiting is not None
    assert waiting.search_ids == [second]
    let_the_delay_pass(worker)
    [message] = arrived(postbox, Purpose.CONFIRMATION)
    assert "Person B" in text_of(message)
    assert "Person A" not in text_of(message)


def test_a_refused_confirmation_released_after_the_end_names_nobody(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    promised: int,
    manners: Manners,
    postbox: Postbox,
    api: FlaskClient,
) -> None:
    manners.step, manners.reply = Step.RCPT, "550 5.7.1 Blocked"
    let_the_delay_pass(worker)
    manners.step = None
    [first, *_] = neighbourhood.searches_in(promised)
    neighbourhood.move_search(first, "active", end_reason="trial_failed")
    worker.hear()
    refused = letter(worker, Purpose.CONFIRMATION, about=promised)
    assert refused is not None
    assert api.post(f"/api/v2/emails/{refused.id}/release").status_code == 200
    worker.now += timedelta(seconds=60)
    worker.send_next()
    after = letter(worker, Purpose.CONFIRMATION, about=promised)
    assert after is not None
    assert (after.state, after.error_message) == (MailState.FAILED, "nobody_left")
    assert arrived(postbox, Purpose.CONFIRMATION) == []


def test_a_place_that_has_ended_gives_no_occasion_for_a_confirmation(
    neighbourhood: Neighbourhood, promised: int, api: FlaskClient
) -> None:
    neighbourhood.move_search(
        neighbourhood.searches_in(promised)[0], "abandoned", end_reason="withdrew"
    )
    shown = api.get(f"/api/v2/letters/{promised}?purpose=confirmation")
    assert (shown.status_code, shown.get_json()["type"]) == (409, "/problems/illegal-transition")


def test_sessions_that_fail_after_the_confirmation_are_no_late_correction(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    [first, second, _] = neighbourhood.searches_in(mailed)
    neighbourhood.answer_each(mailed, [YES, YES, NO])
    worker.hear()
    let_the_delay_pass(worker)
    neighbourhood.move_search(first, "active", end_reason="trial_failed")
    neighbourhood.answer_each(mailed, [YES, NO, NO], reason="verhört")
    worker.hear()
    let_the_delay_pass(worker)
    [hint] = arrived(postbox, Purpose.CORRECTED_TOO_LATE)
    assert f"Platzsuche {second}" in text_of(hint)
    assert f"Platzsuche {first}\n" not in text_of(hint)
