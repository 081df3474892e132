"""What a therapist answered, recorded once, with everything that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.errors import (
    AlreadyAnswered,
    IllegalTransition,
    NotFound,
    NotSent,
)
from matching_service.domain.lifecycle import (
    ANSWERABLE_INQUIRIES,
    InquiryState,
    RowStatus,
    SearchStatus,
    answered_row,
    check_inquiry_move,
    conflict_kind,
)
from matching_service.domain.responses import (
    Outcome,
    check_complete,
    check_responded_at,
    excludes_therapist,
    summarize,
)
from matching_service.storage.locks import LockedInquiries, lock_around_searches
from matching_service.storage.tables import (
    Conflict,
    Mailbox,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)
from matching_service.use_cases.announcements import (
    tell_bundle,
    tell_conflict,
    tell_search_moved,
)
from matching_service.use_cases.contact_law import enforce_cooling_period
from matching_service.use_cases.exclusions import exclude_therapist
from matching_service.use_cases.search_moves import enter_sessions
from matching_service.use_cases.searches import allow_one_more_contact
from matching_service.use_cases.withdrawals import withdraw_everywhere


@dataclass(frozen=True)
class PatientResponse:
    search_id: int
    outcome: Outcome
    notes: str | None = None


@dataclass(frozen=True)
class Response:
    """A therapist's whole answer."""

    responses: Sequence[PatientResponse]
    channel: str
    responded_at: datetime
    notes: str | None = None

    def by_search(self) -> Mapping[int, PatientResponse]:
        return {one.search_id: one for one in self.responses}


@dataclass(frozen=True)
class Recorded:
    """`next_contactable_date` is the mailbox's; `conflicts` are those of this answer."""

    inquiry: Therapeutenanfrage
    next_contactable_date: date | None
    conflicts: Sequence[Conflict]


@dataclass(frozen=True)
class _Answer:
    """One answer on its way into the rows; everything it touches is locked."""

    session: Session
    locked: LockedInquiries
    inquiry: Therapeutenanfrage
    response: Response
    actor: str
    now: datetime

    @property
    def rows(self) -> list[TherapeutAnfragePatient]:
        return self.locked.rows_of(self.inquiry.id)


def record_response(
    session: Session,
    inquiry_id: int,
    response: Response,
    *,
    cooling_days: int,
    actor: str,
    now: datetime,
) -> Recorded:
    """The first commit wins; the same answer again changes nothing.

    Raises NotFound, NotSent, IllegalTransition, AlreadyAnswered, IncompleteResponse,
    InvalidFields, Contended.
    """
    locked = _lock(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    answer = _Answer(session, locked, inquiry, response, actor, now)
    if inquiry.state == InquiryState.ANSWERED:
        return _recorded_before(answer)
    _require_answerable(inquiry)
    check_complete(
        {row.platzsuche_id: RowStatus(row.status) for row in answer.rows},
        [one.search_id for one in response.responses],
    )
    check_responded_at(response.responded_at, inquiry.sent_date or inquiry.created_date, now)
    return _record(answer, cooling_days)


def _lock(session: Session, inquiry_id: int) -> LockedInquiries:
    rows = select(TherapeutAnfragePatient.platzsuche_id).where(
        TherapeutAnfragePatient.therapeutenanfrage_id == inquiry_id
    )
    locked = lock_around_searches(session, set(session.scalars(rows)), inquiry_id)
    if inquiry_id not in locked.inquiries:
        raise NotFound("bundle", inquiry_id)
    return locked


def _recorded_before(answer: _Answer) -> Recorded:
    stored = {r.platzsuche_id: r.outcome for r in answer.rows if r.outcome is not None}
    if stored != {one.search_id: one.outcome for one in answer.response.responses}:
        raise AlreadyAnswered(answer.inquiry.id)
    conflicts = answer.session.scalars(
        select(Conflict).where(Conflict.loser_inquiry_id == answer.inquiry.id)
    )
    mailbox = answer.session.get_one(Mailbox, answer.inquiry.mailbox_id)
    return Recorded(answer.inquiry, mailbox.next_contactable_date, conflicts.all())


def _require_answerable(inquiry: Therapeutenanfrage) -> None:
    state = InquiryState(inquiry.state)
    if state is InquiryState.DRAFT:
        raise NotSent(inquiry.id, state)
    if state not in ANSWERABLE_INQUIRIES:
        raise IllegalTransition(state, InquiryState.ANSWERED, ())


def _record(answer: _Answer, cooling_days: int) -> Recorded:
    if answer.inquiry.state == InquiryState.CLOSED:
        # Its contacts had been returned to the searches, which may have used them elsewhere.
        for row in answer.rows:
            if _left_before_sending(row, answer.inquiry):
                continue
            search = answer.locked.searches[row.platzsuche_id]
            allow_one_more_contact(answer.session, search, "late_answer", answer.now)
    conflicts = _apply_outcomes(answer)
    _close_answered(answer)
    blocks = [
        enforce_cooling_period(
            answer.session,
            mailbox,
            responded_at=answer.response.responded_at,
            cooling_days=cooling_days,
            inquiry_id=answer.inquiry.id,
            actor=answer.actor,
            now=answer.now,
        )
        for mailbox in answer.locked.mailboxes_of(answer.inquiry)
    ]
    contactable = max(b.next_contactable_date for b in blocks if b.next_contactable_date)
    tell_bundle(
        answer.session,
        "responded",
        answer.inquiry,
        [row.platzsuche_id for row in answer.rows],
        answer.now,
        next_contactable_date=contactable,
    )
    return Recorded(answer.inquiry, contactable, conflicts)


def _left_before_sending(row: TherapeutAnfragePatient, inquiry: Therapeutenanfrage) -> bool:
    left, sent = row.withdrawn_at, inquiry.sent_date
    return left is not None and (sent is None or left < sent)


def _apply_outcomes(answer: _Answer) -> list[Conflict]:
    conflicts: list[Conflict] = []
    by_search = answer.response.by_search()
    for row in answer.rows:
        given = by_search.get(row.platzsuche_id)
        if given is None:
            continue
        search = answer.locked.searches[row.platzsuche_id]
        accepted = given.outcome is Outcome.ACCEPTED
        before = SearchStatus(search.status)
        row.outcome, row.outcome_notes = given.outcome, given.notes
        row.status = answered_row(RowStatus(row.status), before, accepted=accepted)
        if row.status == RowStatus.ACCEPTED:
            _place(answer, row)
        elif row.status == RowStatus.CONFLICT:
            conflicts.append(_note_conflict(answer, row, conflict_kind(before)))
        elif excludes_therapist(given.outcome):
            _exclude(answer, row, given)
    return conflicts


def _place(answer: _Answer, row: TherapeutAnfragePatient) -> None:
    """The search leaves the hunt: its pending rows elsewhere are withdrawn."""
    search = answer.locked.searches[row.platzsuche_id]
    origin = search.status
    row.accepted_at = answer.now
    enter_sessions(
        answer.session, search, answer.inquiry.therapist_id, actor=answer.actor, now=answer.now
    )
    withdraw_everywhere(
        answer.session,
        answer.locked,
        [search.id],
        "accepted_elsewhere",
        answer.now,
        but_not_in=answer.inquiry.id,
    )
    answer.session.flush()
    tell_search_moved(answer.session, search, origin, answer.now)


def _note_conflict(answer: _Answer, row: TherapeutAnfragePatient, kind: str) -> Conflict:
    """Two acceptances are nobody's error: the second waits for a person to solve it kindly."""
    winner = answer.session.scalar(
        select(TherapeutAnfragePatient).where(
            TherapeutAnfragePatient.platzsuche_id == row.platzsuche_id,
            TherapeutAnfragePatient.status == RowStatus.ACCEPTED,
            TherapeutAnfragePatient.ended_at.is_(None),
        )
    )
    conflict = Conflict(
        kind=kind,
        state="open",
        platzsuche_id=row.platzsuche_id,
        winner_row_id=winner.id if winner else None,
        loser_row_id=row.id,
        loser_inquiry_id=answer.inquiry.id,
        responded_at=answer.response.responded_at,
        created_at=answer.now,
        version=1,
    )
    answer.session.add(conflict)
    answer.session.flush()
    winner_bundle = winner.therapeutenanfrage_id if winner else None
    tell_conflict(answer.session, conflict, winner_bundle, answer.inquiry, answer.now)
    return conflict


def _exclude(answer: _Answer, row: TherapeutAnfragePatient, given: PatientResponse) -> None:
    exclude_therapist(
        answer.session,
        row.platzsuche_id,
        answer.inquiry.therapist_id,
        given.outcome,
        source="response",
        actor=answer.actor,
        now=answer.now,
    )


def _close_answered(answer: _Answer) -> None:
    inquiry, response = answer.inquiry, answer.response
    check_inquiry_move(InquiryState(inquiry.state), InquiryState.ANSWERED)
    summary = summarize(Outcome(row.outcome) for row in answer.rows if row.outcome is not None)
    inquiry.state = InquiryState.ANSWERED
    inquiry.response_date = response.responded_at
    inquiry.response_channel = response.channel
    inquiry.response_type = summary.response_type
    inquiry.accepted_count = summary.accepted_count
    inquiry.placed_count = sum(row.status == RowStatus.ACCEPTED for row in answer.rows)
    inquiry.closed_at = answer.now
    inquiry.follow_up_due_on = None
    if response.notes:
        inquiry.staff_notes = "\n".join(filter(None, [inquiry.staff_notes, response.notes]))
    inquiry.version += 1
    answer.session.flush()
