"""An inquiry's mail follows the inquiry, and goes out at most once."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from communication_service.domain.mail_states import MailState
from tests.communication_service.integration.hostile_smtp import (
    Postbox,
)
from tests.communication_service.integration.mails import MailOf, state_of, told
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker


def received(postbox: Postbox) -> list[EmailMessage]:
    letters = [envelope.content for envelope in postbox.heard]
    return [message_from_bytes(bytes(letter or b""), policy=SMTP) for letter in letters]  # type: ignore[arg-type]


def test_a_draft_is_written_and_nothing_goes_out(
    worker: SteppedWorker, draft: int, mail_of: MailOf, postbox: Postbox
) -> None:
    worker.round()
    mail = mail_of(draft)
    assert mail is not None
    assert mail.state == MailState.DRAFT
    assert mail.subject == f"Therapieplätze für drei Personen gesucht [PV-{draft}]"
    assert len(mail.search_ids) == 3
    assert mail.recipient_email is None
    assert postbox.heard == []


def test_a_draft_is_written_anew_when_a_patient_leaves_it(
    worker: SteppedWorker, neighbourhood: Neighbourhood, draft: int, mail_of: MailOf
) -> None:
    worker.hear()
    [leaving, *staying] = neighbourhood.searches_in(draft)
    neighbourhood.pause(leaving)
    worker.hear()
    mail = mail_of(draft)
    assert mail is not None
    assert mail.search_ids == staying
    assert mail.subject == f"Therapieplätze für zwei Personen gesucht [PV-{draft}]"
    assert (mail.state, mail.version) == (MailState.DRAFT, 2)


def test_a_sent_inquiry_reaches_the_practice_once(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    postbox: Postbox,
) -> None:
    worker.work_off()
    [letter] = received(postbox)
    mail = mail_of(sent)
    assert mail is not None
    assert letter["Message-ID"] == f"<pv-{sent}.inquiry@platz.example>"
    assert letter["To"].addresses[0].addr_spec == "praxis@example.org"
    assert letter["Subject"] == mail.subject
    assert (mail.state, mail.recipient_email) == (MailState.SENT, "praxis@example.org")
    assert told(neighbourhood, sent) == [("communication.email_sent", None)]


def test_what_communication_tells_names_nobody(
    worker: SteppedWorker, neighbourhood: Neighbourhood, sent: int
) -> None:
    worker.round()
    [news] = neighbourhood.told(sent)
    assert set(news) == {
        "type", "email_id", "version", "bundle_id", "therapist_id", "purpose", "at", "reason",
        "search_id", "patient_id", "patient_ids", "actor",
    }  # fmt: skip
    assert news["purpose"] == "inquiry"


def test_the_first_inquiry_introduces_us_and_the_second_does_not(
    worker: SteppedWorker, neighbourhood: Neighbourhood, sent: int, mail_of: MailOf
) -> None:
    worker.round()
    first = mail_of(sent)
    assert first is not None
    neighbourhood.answer(sent)
    neighbourhood.let_weeks_pass()
    again = neighbourhood.draft(neighbourhood.therapist_of(sent))
    worker.hear()
    second = mail_of(again)
    assert second is not None
    assert "zum ersten Mal" in first.body_text
    assert "zum ersten Mal" not in second.body_text


def test_a_cancelled_draft_takes_its_mail_along(
    worker: SteppedWorker, neighbourhood: Neighbourhood, draft: int, mail_of: MailOf
) -> None:
    worker.hear()
    neighbourhood.cancel(draft)
    worker.hear()
    assert mail_of(draft) is None


def test_an_answer_that_is_faster_than_the_mail_stops_it(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    postbox: Postbox,
) -> None:
    worker.hear()
    assert state_of(mail_of(sent)) == MailState.QUEUED
    neighbourhood.answer(sent)
    worker.work_off()
    assert mail_of(sent) is None
    assert postbox.heard == []


def test_who_leaves_the_inquiry_while_its_mail_waits_is_not_in_the_letter(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    postbox: Postbox,
) -> None:
    worker.hear()
    [leaving, *staying] = neighbourhood.searches_in(sent)
    neighbourhood.pause(leaving)
    worker.work_off()
    [letter] = received(postbox)
    mail = mail_of(sent)
    assert mail is not None
    assert mail.search_ids == staying
    assert "zwei Personen" in letter["Subject"]


def test_an_answer_nobody_has_heard_of_yet_stops_the_mail_by_its_permit(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    postbox: Postbox,
) -> None:
    worker.hear()
    neighbourhood.answer(sent)
    worker.send_next()
    worker.tell()
    assert state_of(mail_of(sent)) == MailState.FAILED
    assert told(neighbourhood, sent) == [("communication.email_failed", "illegal-transition")]
    assert postbox.heard == []
