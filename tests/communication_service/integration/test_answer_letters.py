"""What a practice hears after its answer: names late and with consent, the rest kindly."""

from datetime import timedelta

from flask.testing import FlaskClient

from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import Purpose
from tests.communication_service.integration.hostile_smtp import Manners, Postbox, Step
from tests.communication_service.integration.mails import (
    arrived,
    let_the_delay_pass,
    letter,
    state_of,
    text_of,
)
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.phone_desk import PhoneDesk
from tests.communication_service.stepped_worker import MOMENT, SteppedWorker

YES, NO = "accepted", "rejected_capacity"


def second_inquiry(neighbourhood: Neighbourhood, worker: SteppedWorker) -> int:
    """The same patients, asked for elsewhere as well."""
    bundle = neighbourhood.draft(neighbourhood.therapist(email="andere@example.org"))
    neighbourhood.send(bundle)
    worker.round()
    neighbourhood.let_matching_hear()
    return bundle


def test_names_leave_the_house_ten_minutes_after_a_yes_and_not_before(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    [_, second, _] = neighbourhood.searches_in(mailed)
    neighbourhood.consent(second)
    neighbourhood.answer_each(mailed, [NO, YES, NO])
    worker.hear()
    waiting = letter(worker, Purpose.CONFIRMATION, about=mailed)
    assert waiting is not None
    assert (waiting.state, waiting.search_ids) == (MailState.QUEUED, [second])
    assert waiting.due_at is not None
    worker.now = waiting.due_at - MOMENT
    assert worker.send_next() == 0
    worker.now = waiting.due_at
    assert worker.send_next() == 1
    [message] = arrived(postbox, Purpose.CONFIRMATION)
    assert message["Subject"] == f"Ihre Zusage für eine Person [PV-{mailed}]"
    assert "Person B\n  Frau Anna Ungenannt\n" in text_of(message)
    assert "Person A" not in text_of(message)


def test_a_confirmation_is_recorded_by_the_contact_law_and_passes_the_cooling(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int
) -> None:
    neighbourhood.answer_each(mailed, [YES, NO, NO])
    worker.hear()
    let_the_delay_pass(worker)
    confirmation = letter(worker, Purpose.CONFIRMATION, about=mailed)
    assert confirmation is not None
    assert confirmation.state == MailState.SENT
    assert confirmation.permit_id is not None
    assert neighbourhood.contacts(mailed) == ["inquiry", "confirmation"]


def test_who_has_not_agreed_is_not_named_and_staff_hear_of_it_at_once(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    [first, _, third] = neighbourhood.searches_in(mailed)
    neighbourhood.consent(first)
    neighbourhood.answer_each(mailed, [YES, NO, YES])
    worker.round()
    [hint] = arrived(postbox, Purpose.CONSENT_MISSING)
    assert hint["To"].addresses[0].addr_spec == "anfragen@platz.example"
    assert f"Person C\n  Platzsuche {third}\n" in text_of(hint)
    assert "Ungenannt" not in str(hint)
    let_the_delay_pass(worker)
    [message] = arrived(postbox, Purpose.CONFIRMATION)
    assert "Person A\n  Frau Anna Ungenannt\n" in text_of(message)
    assert "Person C\n  Der Name folgt.\n" in text_of(message)


def test_a_consent_given_while_the_confirmation_waits_still_counts(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    [first, *_] = neighbourhood.searches_in(mailed)
    neighbourhood.answer_each(mailed, [YES, NO, NO])
    worker.hear()
    neighbourhood.consent(first)
    let_the_delay_pass(worker)
    [message] = arrived(postbox, Purpose.CONFIRMATION)
    assert "Anna Ungenannt" in text_of(message)


def test_a_correction_within_the_delay_cancels_the_confirmation(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    neighbourhood.answer_each(mailed, [YES, NO, NO])
    worker.hear()
    neighbourhood.answer_each(mailed, [NO, NO, NO], reason="verhört")
    worker.hear()
    assert letter(worker, Purpose.CONFIRMATION, about=mailed) is None
    let_the_delay_pass(worker)
    assert arrived(postbox, Purpose.CONFIRMATION) == []


def test_a_correction_to_somebody_else_rewrites_it_and_waits_anew(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    [_, _, third] = neighbourhood.searches_in(mailed)
    neighbourhood.answer_each(mailed, [YES, NO, NO])
    worker.hear()
    before = letter(worker, Purpose.CONFIRMATION, about=mailed)
    neighbourhood.answer_each(mailed, [NO, NO, YES], reason="verhört")
    worker.hear()
    after = letter(worker, Purpose.CONFIRMATION, about=mailed)
    assert before is not None
    assert after is not None
    assert after.search_ids == [third]
    assert before.due_at is not None
    assert after.due_at is not None
    assert after.due_at > before.due_at
    let_the_delay_pass(worker)
    [message] = arrived(postbox, Purpose.CONFIRMATION)
    assert "Person C" in text_of(message)
    assert "Person A" not in text_of(message)


def test_a_correction_that_nobody_has_heard_of_yet_is_seen_by_the_last_look(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    neighbourhood.answer_each(mailed, [YES, NO, NO])
    worker.hear()
    neighbourhood.answer_each(mailed, [NO, NO, NO], reason="verhört")
    let_the_delay_pass(worker)
    mail = letter(worker, Purpose.CONFIRMATION, about=mailed)
    assert mail is not None
    assert (mail.state, mail.error_message) == (MailState.FAILED, "nobody_left")
    assert arrived(postbox, Purpose.CONFIRMATION) == []


def test_a_correction_after_the_confirmation_sends_no_second_one_but_calls_the_staff(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    [first, _, third] = neighbourhood.searches_in(mailed)
    neighbourhood.answer_each(mailed, [YES, NO, NO])
    worker.hear()
    let_the_delay_pass(worker)
    neighbourhood.answer_each(mailed, [NO, NO, YES], reason="verhört")
    worker.hear()
    let_the_delay_pass(worker)
    assert len(arrived(postbox, Purpose.CONFIRMATION)) == 1
    [hint] = arrived(postbox, Purpose.CORRECTED_TOO_LATE)
    assert f"Person A\n  Platzsuche {first}\n" in text_of(hint)
    assert f"Person C\n  Platzsuche {third}\n" in text_of(hint)


def test_a_no_to_everybody_is_not_confirmed(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int
) -> None:
    neighbourhood.answer(mailed)
    worker.hear()
    assert letter(worker, Purpose.CONFIRMATION, about=mailed) is None


def test_a_refused_confirmation_is_sent_again_by_a_person(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    mailed: int,
    manners: Manners,
    postbox: Postbox,
    api: FlaskClient,
) -> None:
    neighbourhood.answer_each(mailed, [YES, NO, NO])
    worker.round()
    manners.step, manners.reply = Step.RCPT, "550 5.7.1 Blocked"
    let_the_delay_pass(worker)
    refused = letter(worker, Purpose.CONFIRMATION, about=mailed)
    assert refused is not None
    assert refused.state == MailState.FAILED
    manners.step = None
    assert api.post(f"/api/v2/emails/{refused.id}/release").status_code == 200
    worker.now += timedelta(seconds=60)
    worker.send_next()
    assert len(arrived(postbox, Purpose.CONFIRMATION)) == 1


def test_whoever_comes_second_is_written_to_once_a_person_has_released_it(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    mailed: int,
    postbox: Postbox,
    api: FlaskClient,
) -> None:
    other = second_inquiry(neighbourhood, worker)
    [_, second, _] = neighbourhood.searches_in(mailed)
    position = neighbourhood.searches_in(other).index(second)
    neighbourhood.answer_each(mailed, [NO, YES, NO])
    outcomes = [NO, NO, NO]
    outcomes[position] = YES
    neighbourhood.answer_each(other, outcomes)
    worker.hear()
    let_the_delay_pass(worker)
    notice = letter(worker, Purpose.CONFLICT_NOTICE, about=other)
    assert notice is not None
    assert (notice.state, notice.search_ids) == (MailState.DRAFT, [second])
    assert arrived(postbox, Purpose.CONFLICT_NOTICE) == []
    released = api.post(f"/api/v2/emails/{notice.id}/release").get_json()
    assert (released["state"], released["released_by"]) == ("QUEUED", "staff1")
    worker.now += timedelta(seconds=60)
    worker.send_next()
    [message] = arrived(postbox, Purpose.CONFLICT_NOTICE)
    assert f"Person {'ABC'[position]} braucht Ihren Platz nicht mehr." in text_of(message)
    assert "Ungenannt" not in str(message)


def test_a_conflict_that_was_none_takes_its_draft_along(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int
) -> None:
    other = second_inquiry(neighbourhood, worker)
    neighbourhood.answer_each(mailed, [YES, YES, YES])
    neighbourhood.answer_each(other, [YES, NO, NO])
    worker.hear()
    assert letter(worker, Purpose.CONFLICT_NOTICE, about=other) is not None
    neighbourhood.answer_each(other, [NO, NO, NO], reason="verhört")
    worker.hear()
    assert letter(worker, Purpose.CONFLICT_NOTICE, about=other) is None


def test_a_practice_that_need_not_answer_any_more_is_told(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    for search in neighbourhood.searches_in(mailed):
        neighbourhood.pause(search)
    worker.hear()
    let_the_delay_pass(worker)
    [message] = arrived(postbox, Purpose.WITHDRAWAL_NOTICE)
    expected = f"Unsere Anfrage für drei Personen hat sich erledigt [PV-{mailed}]"
    assert message["Subject"] == expected


def test_a_late_answer_stops_the_notice_that_there_is_no_need_for_one(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    for search in neighbourhood.searches_in(mailed):
        neighbourhood.pause(search)
    worker.hear()
    neighbourhood.answer(mailed)
    worker.hear()
    let_the_delay_pass(worker)
    assert arrived(postbox, Purpose.WITHDRAWAL_NOTICE) == []


def test_who_was_never_asked_is_not_told_that_it_is_over(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    manners: Manners,
    postbox: Postbox,
) -> None:
    manners.step, manners.reply = Step.RCPT, "450 4.2.0 Greylisted"
    worker.round()
    for search in neighbourhood.searches_in(sent):
        neighbourhood.pause(search)
    worker.hear()
    manners.step = None
    let_the_delay_pass(worker)
    assert state_of(letter(worker, Purpose.INQUIRY, about=sent)) is None
    assert postbox.heard == []


def test_who_has_opted_out_gets_no_notice(
    worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int, postbox: Postbox
) -> None:
    neighbourhood.block(neighbourhood.therapist_of(mailed))
    for search in neighbourhood.searches_in(mailed):
        neighbourhood.pause(search)
    worker.hear()
    let_the_delay_pass(worker)
    assert arrived(postbox, Purpose.WITHDRAWAL_NOTICE) == []


def test_who_has_refused_all_contact_on_the_phone_gets_no_notice(
    desk: PhoneDesk, silent: int, planned: int, postbox: Postbox
) -> None:
    desk.start(planned)
    desk.complete(planned, "refused_contact")
    desk.hear()
    let_the_delay_pass(desk.worker)
    assert arrived(postbox, Purpose.WITHDRAWAL_NOTICE) == []
    assert desk.bundle(silent)["close_reason"] == "contact_refused"


def test_silence_is_answered_with_silence_also_when_somebody_had_left_before(
    desk: PhoneDesk, silent: int, postbox: Postbox
) -> None:
    desk.around.pause(desk.around.searches_in(silent)[0])
    for _ in range(3):
        desk.plan()
        call = desk.calls(silent)[-1]
        desk.start(call.id)
        desk.complete(call.id, "not_reached")
        desk.due_now(silent)
    desk.hear()
    let_the_delay_pass(desk.worker)
    assert arrived(postbox, Purpose.WITHDRAWAL_NOTICE) == []
    assert desk.bundle(silent)["close_reason"] == "no_response"
