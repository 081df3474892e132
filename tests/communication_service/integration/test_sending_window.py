"""Until when an answer stops what is on its way to a practice: until its permit is claimed.

From there to the end of the mail's text nobody can call it back. That is the window that remains;
`python -m bench.window` measures it.
"""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import Purpose
from communication_service.jobs.remind import remind
from tests.communication_service.integration.hostile_smtp import HostileSmtp, Postbox, listening
from tests.communication_service.integration.mails import arrived, letter, state_of
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.phone_desk import PhoneDesk
from tests.communication_service.stepped_worker import SteppedWorker

# What is asked of matching for a mail or a call, in this order.
BEFORE_THE_CLAIM = {
    "the last look": ("GET", "/therapist-bundles/{bundle}"),
    "the permit": ("POST", "/contact-permits"),
    "its claim": ("POST", "/claim"),
}

AnsweredBefore = Callable[[str, int], None]


@pytest.fixture
def answered_before(neighbourhood: Neighbourhood) -> AnsweredBefore:
    """An answer is committed just before matching is asked that; its news comes late."""

    def plan(question: str, bundle_id: int) -> None:
        method, path = BEFORE_THE_CLAIM[question]
        ends = path.format(bundle=bundle_id)
        neighbourhood.just_before(method, ends, lambda: neighbourhood.answer(bundle_id))

    return plan


@pytest.fixture
def reminded(desk: PhoneDesk) -> int:
    """A week after the inquiry's mail its reminder is due."""
    bundle_id = desk.around.draft(desk.around.therapist(email="praxis@example.org"))
    desk.send(bundle_id)
    desk.two_weeks_later(bundle_id, days=7)
    desk.around.let_weeks_pass()
    assert remind(desk.worker.database, desk.worker.wiring, desk.now()) == 1
    desk.worker.now = desk.now()
    return bundle_id


@pytest.mark.parametrize("question", BEFORE_THE_CLAIM)
def test_no_inquiry_goes_out_once_an_answer_is_recorded(
    worker: SteppedWorker,
    sent: int,
    postbox: Postbox,
    answered_before: AnsweredBefore,
    question: str,
) -> None:
    worker.hear()
    answered_before(question, sent)

    worker.send_next()

    assert postbox.heard == []
    assert state_of(letter(worker, Purpose.INQUIRY, about=sent)) == MailState.FAILED


@pytest.mark.parametrize("question", BEFORE_THE_CLAIM)
def test_no_reminder_goes_out_once_an_answer_is_recorded(
    desk: PhoneDesk,
    reminded: int,
    postbox: Postbox,
    answered_before: AnsweredBefore,
    question: str,
) -> None:
    answered_before(question, reminded)

    desk.worker.send_next()

    assert arrived(postbox, Purpose.REMINDER) == []
    assert state_of(letter(desk.worker, Purpose.REMINDER, about=reminded)) == MailState.FAILED


@pytest.mark.parametrize("question", BEFORE_THE_CLAIM)
def test_no_call_begins_once_an_answer_is_recorded(
    desk: PhoneDesk, silent: int, planned: int, answered_before: AnsweredBefore, question: str
) -> None:
    answered_before(question, silent)

    desk.start(planned, 409)

    assert desk.only_call(silent).started_at is None
    assert desk.around.claimed_permits("call") == []


def test_a_reminder_that_nobody_stops_goes_out_with_a_permit_of_its_own(
    desk: PhoneDesk, reminded: int, postbox: Postbox
) -> None:
    desk.worker.send_next()

    assert len(arrived(postbox, Purpose.REMINDER)) == 1
    assert len(desk.around.claimed_permits("reminder")) == 1


class AnsweredMeanwhile(HostileSmtp):
    """The practice's answer is committed while the mail is being handed over."""

    def __init__(self, postbox: Postbox, happens: Callable[[], object]) -> None:
        super().__init__(postbox)
        self._happens = happens

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  aiosmtpd finds it by this name
        self._happens()
        await super().smtp_DATA(arg)


@pytest.fixture
def overtaken(neighbourhood: Neighbourhood, sent: int, postbox: Postbox) -> Iterator[SteppedWorker]:
    """Its mail server makes sure that an answer falls into the window."""
    answer = lambda: neighbourhood.answer(sent)  # noqa: E731
    with (
        listening(lambda: AnsweredMeanwhile(postbox, answer)) as port,
        closing(SteppedWorker(neighbourhood.config(port))) as worker,
    ):
        yield worker


def test_an_answer_in_the_window_comes_too_late_for_this_mail_and_stops_every_later_one(
    overtaken: SteppedWorker, neighbourhood: Neighbourhood, sent: int, postbox: Postbox
) -> None:
    overtaken.round()
    neighbourhood.let_matching_hear()

    assert len(postbox.heard) == 1
    assert neighbourhood.bundle(sent)["state"] == "answered"
    overtaken.work_off(rounds=2)
    assert len(postbox.heard) == 1
