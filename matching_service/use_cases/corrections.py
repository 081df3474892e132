"""Staff had misheard or mistyped: an answer is corrected, and what it led to follows.

What was taken back and why stays in `response_correction`. The cooling that the answer began
stays as well: the practice was in contact, whatever it said.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.domain.errors import CorrectionTooLate, InquiryStale
from matching_service.domain.lifecycle import (
    CORRECTED_ROWS,
    UNFINISHED_SEARCHES,
    AcceptanceEnd,
    InquiryState,
    RowStatus,
    SearchStatus,
    Undo,
    check_correctable,
    unanswered_row,
)
from matching_service.domain.responses import (
    Outcome,
    check_corrects_all,
    check_responded_at,
    excludes_therapist,
)
from matching_service.storage.merged_therapists import survivors
from matching_service.storage.tables import (
    Conflict,
    ResponseCorrection,
    TherapeutAnfragePatient,
)
from matching_service.use_cases.conflict_records import let_losers_move_up, settle_as_moot
from matching_service.use_cases.exclusions import end_exclusion, own_exclusion
from matching_service.use_cases.inquiries import asked_since
from matching_service.use_cases.outcomes import (
    Answer,
    PatientResponse,
    Response,
    apply_outcome,
)
from matching_service.use_cases.responses import (
    Recorded,
    as_recorded,
    contactable_from,
    cool,
    keep_answer,
    lock_for_answer,
    tell_answered,
)
from matching_service.use_cases.search_history import note
from matching_service.use_cases.search_moves import return_from_sessions


@dataclass(frozen=True)
class Correction:
    """`even_final`: an admin corrects what a finished search had led to; it stays finished."""

    reason: str
    expected_version: int | None
    even_final: bool = False


def correct_response(
    session: Session,
    inquiry_id: int,
    response: Response,
    correction: Correction,
    *,
    cooling_days: int,
    actor: str,
    now: datetime,
) -> Recorded:
    """The same outcomes as stored change nothing.

    Raises NotFound, IllegalTransition, IncompleteResponse, InvalidFields, InquiryStale,
    CorrectionTooLate, Contended.
    """
    locked = lock_for_answer(session, inquiry_id, response)
    inquiry = locked.inquiries[inquiry_id]
    check_correctable(InquiryState(inquiry.state))
    first_given = inquiry.response_date or now
    responded_at = response.responded_at or first_given
    answer = Answer(session, locked, inquiry, response, responded_at, actor, now)
    changed = _changed_rows(answer)
    if not changed:
        return as_recorded(answer)
    if correction.expected_version != inquiry.version:
        raise InquiryStale(inquiry_id)
    check_responded_at(responded_at, asked_since(inquiry), now)
    _require_unfinished(answer, changed, correction)
    conflicts = [_correct(answer, row, correction.reason) for row in changed]
    keep_answer(answer)
    if responded_at > first_given:
        cool(answer, cooling_days)
    contactable = contactable_from(answer)
    tell_answered(answer, contactable, corrected=True)
    return Recorded(inquiry, contactable, [one for one in conflicts if one is not None])


def _changed_rows(answer: Answer) -> list[TherapeutAnfragePatient]:
    given = answer.response.outcomes()
    check_corrects_all(
        {row.platzsuche_id: row.outcome for row in answer.rows},
        [one.search_id for one in answer.response.responses],
    )
    return [row for row in answer.rows if given.get(row.platzsuche_id, row.outcome) != row.outcome]


def _require_unfinished(
    answer: Answer, changed: list[TherapeutAnfragePatient], correction: Correction
) -> None:
    for row in changed:
        search = answer.locked.searches[row.platzsuche_id]
        finished = SearchStatus(search.status) not in UNFINISHED_SEARCHES
        if finished and not correction.even_final:
            raise CorrectionTooLate(search.id, search.status)


def _correct(answer: Answer, row: TherapeutAnfragePatient, reason: str) -> Conflict | None:
    given = answer.response.by_search()[row.platzsuche_id]
    old_outcome, old_status = row.outcome, row.status
    _undo(answer, row, reason)
    row.status = unanswered_row(withdrawn=row.withdrawn_at is not None)
    conflict = apply_outcome(answer, row, given)
    _remember(answer, row, old_outcome, old_status, given, reason)
    return conflict


def _undo(answer: Answer, row: TherapeutAnfragePatient, reason: str) -> None:
    match CORRECTED_ROWS[RowStatus(row.status)]:
        case Undo.PLACE:
            _take_place_back(answer, row, reason)
        case Undo.CONFLICT:
            settle_as_moot(answer.session, row, reason, answer.actor, answer.now)
        case Undo.NOTHING:
            pass
    if row.outcome is not None and excludes_therapist(Outcome(row.outcome)):
        _lift_exclusion(answer, row)


def _take_place_back(answer: Answer, row: TherapeutAnfragePatient, reason: str) -> None:
    """An acceptance that has ended already had made room before."""
    if row.ended_at is not None:
        return
    row.ended_at, row.end_reason = answer.now, AcceptanceEnd.CORRECTION
    search = answer.locked.searches[row.platzsuche_id]
    if search.status == SearchStatus.IN_SESSIONS:
        return_from_sessions(answer.session, search, reason, actor=answer.actor, now=answer.now)
        let_losers_move_up(answer.session, search.id)


def _lift_exclusion(answer: Answer, row: TherapeutAnfragePatient) -> None:
    """Only what the answer itself had excluded: a person's word stands."""
    asked = answer.inquiry.therapist_id
    therapist_id = survivors(answer.session, [asked]).get(asked, asked)
    held = own_exclusion(answer.session, row.platzsuche_id, therapist_id)
    if held is not None and held.source == "response":
        end_exclusion(answer.session, held, answer.actor, answer.now)


def _remember(
    answer: Answer,
    row: TherapeutAnfragePatient,
    old_outcome: str | None,
    old_status: str,
    given: PatientResponse,
    reason: str,
) -> None:
    answer.session.add(
        ResponseCorrection(
            row_id=row.id,
            old_outcome=old_outcome,
            new_outcome=given.outcome,
            old_status=old_status,
            new_status=row.status,
            reason=reason,
            corrected_by=answer.actor,
            corrected_at=answer.now,
        )
    )
    note(
        answer.session,
        answer.locked.searches[row.platzsuche_id],
        answer.actor,
        "answer_corrected",
        answer.now,
        origin=old_outcome,
        to=given.outcome,
        reason=reason,
        ref=f"bundle:{answer.inquiry.id}",
    )
