"""What a therapist answered, recorded once, with everything that follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.errors import (
    AlreadyAnswered,
    IllegalTransition,
    InquiryStale,
    NotFound,
    NotSent,
)
from matching_service.domain.lifecycle import (
    ANSWERABLE_INQUIRIES,
    InquiryState,
    RowStatus,
    check_inquiry_move,
)
from matching_service.domain.responses import check_complete, check_responded_at, excludes_therapist
from matching_service.storage.locks import LockedInquiries, lock_around_searches
from matching_service.storage.merged_therapists import let_nobody_be_merged
from matching_service.storage.tables import (
    Conflict,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)
from matching_service.use_cases.announcements import AnswerNews, tell_bundle
from matching_service.use_cases.contact_law import enforce_cooling_period
from matching_service.use_cases.inquiries import asked_since
from matching_service.use_cases.outcomes import Answer, Response, apply_outcome, sum_up
from matching_service.use_cases.patient_exclusions import withdraw_from_excluded
from matching_service.use_cases.searches import allow_one_more_contact


@dataclass(frozen=True)
class Recorded:
    """`next_contactable_date` is the mailbox's; `conflicts` are those of this answer."""

    inquiry: Therapeutenanfrage
    next_contactable_date: date | None
    conflicts: Sequence[Conflict]


def record_response(
    session: Session,
    inquiry_id: int,
    response: Response,
    *,
    expected_version: int | None = None,
    cooling_days: int,
    actor: str,
    now: datetime,
) -> Recorded:
    """The first commit wins; the same answer again changes nothing, with whatever version.

    Raises NotFound, NotSent, IllegalTransition, AlreadyAnswered, InquiryStale,
    IncompleteResponse, InvalidFields, Contended.
    """
    locked = lock_for_answer(session, inquiry_id, response)
    inquiry = locked.inquiries[inquiry_id]
    responded_at = response.responded_at or now
    answer = Answer(session, locked, inquiry, response, responded_at, actor, now)
    if inquiry.state == InquiryState.ANSWERED:
        return _recorded_before(answer)
    _require_answerable(inquiry)
    if expected_version not in (None, inquiry.version):
        raise InquiryStale(inquiry_id)
    check_complete(
        {row.platzsuche_id: RowStatus(row.status) for row in answer.rows},
        [one.search_id for one in response.responses],
    )
    check_responded_at(responded_at, asked_since(inquiry), now)
    # A patient's list may be known before anything has followed from it.
    withdraw_from_excluded(session, locked, [row.platzsuche_id for row in answer.rows], now)
    return _record(answer, cooling_days)


def lock_for_answer(session: Session, inquiry_id: int, response: Response) -> LockedInquiries:
    asked = session.get(Therapeutenanfrage, inquiry_id)
    if asked is None:
        raise NotFound("bundle", inquiry_id)
    if any(excludes_therapist(outcome) for outcome in response.outcomes().values()):
        let_nobody_be_merged(session, [asked.therapist_id])
    rows = select(TherapeutAnfragePatient.platzsuche_id).where(
        TherapeutAnfragePatient.therapeutenanfrage_id == inquiry_id
    )
    return lock_around_searches(session, set(session.scalars(rows)), inquiry_id)


def _recorded_before(answer: Answer) -> Recorded:
    if stored_outcomes(answer) != answer.response.outcomes():
        raise AlreadyAnswered(answer.inquiry.id)
    return as_recorded(answer)


def stored_outcomes(answer: Answer) -> dict[int, str]:
    return {row.platzsuche_id: row.outcome for row in answer.rows if row.outcome is not None}


def as_recorded(answer: Answer) -> Recorded:
    """The answer as it stands, with every conflict it ever led to."""
    conflicts = answer.session.scalars(
        select(Conflict)
        .where(Conflict.loser_inquiry_id == answer.inquiry.id)
        .order_by(Conflict.id)
        .execution_options(populate_existing=True)
    )
    return Recorded(answer.inquiry, contactable_from(answer), conflicts.all())


def contactable_from(answer: Answer) -> date | None:
    """The latest date of the mailboxes concerned, as the contact law has it now."""
    mailboxes = answer.locked.mailboxes_of(answer.inquiry)
    for mailbox in mailboxes:
        answer.session.refresh(mailbox, ["next_contactable_date"])
    known = (mailbox.next_contactable_date for mailbox in mailboxes)
    return max((day for day in known if day is not None), default=None)


def _require_answerable(inquiry: Therapeutenanfrage) -> None:
    state = InquiryState(inquiry.state)
    if state is InquiryState.DRAFT:
        raise NotSent(inquiry.id, state)
    if state not in ANSWERABLE_INQUIRIES:
        raise IllegalTransition(state, InquiryState.ANSWERED, ())


def _record(answer: Answer, cooling_days: int) -> Recorded:
    if answer.inquiry.state == InquiryState.CLOSED:
        # Its contacts had been returned to the searches, which may have used them elsewhere.
        for row in answer.rows:
            if _left_before_sending(row, answer.inquiry):
                continue
            search = answer.locked.searches[row.platzsuche_id]
            allow_one_more_contact(answer.session, search, "late_answer", answer.now)
    conflicts = apply_outcomes(answer)
    _close_answered(answer)
    cool(answer, cooling_days)
    contactable = contactable_from(answer)
    tell_answered(answer, contactable)
    return Recorded(answer.inquiry, contactable, conflicts)


def cool(answer: Answer, cooling_days: int) -> None:
    for mailbox in answer.locked.mailboxes_of(answer.inquiry):
        enforce_cooling_period(
            answer.session,
            mailbox,
            responded_at=answer.responded_at,
            cooling_days=cooling_days,
            inquiry_id=answer.inquiry.id,
            actor=answer.actor,
            now=answer.now,
        )


def tell_answered(answer: Answer, contactable: date | None, *, corrected: bool = False) -> None:
    tell_bundle(
        answer.session,
        "responded",
        answer.inquiry,
        [row.platzsuche_id for row in answer.rows],
        answer.now,
        next_contactable_date=contactable,
        answer=AnswerNews(
            answer.response.channel,
            at=answer.responded_at,
            by=answer.actor,
            patient_ids=[row.patient_id for row in answer.rows if row.outcome is not None],
            corrected=corrected,
        ),
    )


def _left_before_sending(row: TherapeutAnfragePatient, inquiry: Therapeutenanfrage) -> bool:
    left, sent = row.withdrawn_at, inquiry.sent_date
    return left is not None and (sent is None or left < sent)


def apply_outcomes(answer: Answer) -> list[Conflict]:
    given = answer.response.by_search()
    answered = [row for row in answer.rows if row.platzsuche_id in given]
    outcomes = (apply_outcome(answer, row, given[row.platzsuche_id]) for row in answered)
    return [conflict for conflict in outcomes if conflict is not None]


def _close_answered(answer: Answer) -> None:
    inquiry = answer.inquiry
    check_inquiry_move(InquiryState(inquiry.state), InquiryState.ANSWERED)
    inquiry.state = InquiryState.ANSWERED
    inquiry.closed_at = answer.now
    inquiry.follow_up_due_on = None
    keep_answer(answer)


def keep_answer(answer: Answer) -> None:
    """When, how and with which words it came, and what the rows amount to."""
    inquiry, response = answer.inquiry, answer.response
    inquiry.response_date = answer.responded_at
    inquiry.response_channel = response.channel
    if response.notes:
        inquiry.staff_notes = "\n".join(filter(None, [inquiry.staff_notes, response.notes]))
    sum_up(inquiry, answer.rows)
    answer.session.flush()
