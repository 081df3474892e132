"""Which states a Platzsuche and a Therapeutenanfrage go through, and what each move needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matching_service.domain.errors import FieldError, IllegalTransition, InvalidFields


class SearchStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    IN_SESSIONS = "in_sessions"
    SUCCESSFUL = "successful"
    ABANDONED = "abandoned"


class SearchEnd(StrEnum):
    """Why a search was abandoned, or (therapy_started) that it succeeded."""

    THERAPY_STARTED = "therapy_started"
    FOUND_PLACE_ELSEWHERE = "found_place_elsewhere"
    UNREACHABLE = "unreachable"
    NOT_ELIGIBLE = "not_eligible"
    MOVED = "moved"
    WITHDREW = "withdrew"
    DIED = "died"
    PATIENT_DELETED = "patient_deleted"
    OTHER = "other"


class AcceptanceEnd(StrEnum):
    """Why the sessions with a therapist ended without success."""

    TRIAL_FAILED = "trial_failed"
    NO_SHOW = "no_show"
    PATIENT_DECLINED = "patient_declined"
    THERAPIST_WITHDREW = "therapist_withdrew"
    CORRECTION = "correction"


class InquiryState(StrEnum):
    DRAFT = "draft"
    SENDING = "sending"
    SENT = "sent"
    ANSWERED = "answered"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class RowStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CONFLICT = "conflict"
    NO_RESPONSE = "no_response"


class Need(StrEnum):
    ACCEPTANCE = "acceptance"  # the move follows a therapist's acceptance, nobody can ask for it
    RESUME_LATER = "resume_later"  # a resume date, if one is given, lies ahead
    SEARCH_END = "search_end"
    ACCEPTANCE_END = "acceptance_end"
    FIRST_MEETING = "first_meeting"
    SESSIONS_HELD = "sessions_held"
    PATIENT_CONTINUES = "patient_continues"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFacts:
    """What is known when a move is asked for: the request's fields, else the search's own."""

    accepted: bool = False
    end_reason: str | None = None
    resume_date: date | None = None
    first_meeting_on: date | None = None
    sessions_held: int | None = None
    patient_continues: bool | None = None


_S = SearchStatus

SEARCH_MOVES: dict[tuple[SearchStatus, SearchStatus], tuple[Need, ...]] = {
    (_S.ACTIVE, _S.PAUSED): (Need.RESUME_LATER,),
    (_S.ACTIVE, _S.IN_SESSIONS): (Need.ACCEPTANCE,),
    (_S.ACTIVE, _S.ABANDONED): (Need.SEARCH_END,),
    (_S.PAUSED, _S.ACTIVE): (),
    (_S.PAUSED, _S.ABANDONED): (Need.SEARCH_END,),
    (_S.IN_SESSIONS, _S.SUCCESSFUL): (
        Need.FIRST_MEETING,
        Need.SESSIONS_HELD,
        Need.PATIENT_CONTINUES,
    ),
    (_S.IN_SESSIONS, _S.ACTIVE): (Need.ACCEPTANCE_END,),
    (_S.IN_SESSIONS, _S.ABANDONED): (Need.SEARCH_END,),
}

_FIELDS_OF_NEEDS = {
    Need.RESUME_LATER: ("resume_date",),
    Need.SEARCH_END: ("end_reason",),
    Need.ACCEPTANCE_END: ("end_reason",),
    Need.FIRST_MEETING: ("first_meeting_on", "therapy_starts_on"),
    Need.SESSIONS_HELD: ("sessions_held",),
    Need.PATIENT_CONTINUES: ("patient_continues",),
}

UNFINISHED_SEARCHES = frozenset({_S.ACTIVE, _S.PAUSED, _S.IN_SESSIONS})

_I = InquiryState

INQUIRY_MOVES: dict[InquiryState, tuple[InquiryState, ...]] = {
    _I.DRAFT: (_I.SENDING, _I.CANCELLED),
    # back to draft: recalled, or the mail failed
    _I.SENDING: (_I.DRAFT, _I.SENT, _I.ANSWERED, _I.CLOSED),
    # back to draft: the address turned out bad
    _I.SENT: (_I.DRAFT, _I.ANSWERED, _I.CLOSED),
    _I.ANSWERED: (),
    # a true answer is never too late
    _I.CLOSED: (_I.ANSWERED,),
    _I.CANCELLED: (),
}

OPEN_INQUIRIES = frozenset({_I.DRAFT, _I.SENDING, _I.SENT})
WAITING_INQUIRIES = frozenset({_I.SENDING, _I.SENT})
ANSWERABLE_INQUIRIES = WAITING_INQUIRIES | {_I.CLOSED}


def check_search_move(
    current: SearchStatus, to: SearchStatus, facts: MoveFacts, today: date
) -> None:
    """Raises IllegalTransition, or InvalidFields with everything the move still needs."""
    legal = legal_search_moves(current, accepted=facts.accepted)
    if to not in legal:
        raise IllegalTransition(current, to, legal)
    errors = list(_unmet_needs(SEARCH_MOVES[current, to], facts, today))
    if errors:
        raise InvalidFields(errors)


def check_fields_of_move(current: SearchStatus, to: SearchStatus, given: Iterable[str]) -> None:
    """Raises InvalidFields with what does not belong to this move: nothing is silently lost."""
    needs = SEARCH_MOVES[current, to]
    known = {name for need in needs for name in _FIELDS_OF_NEEDS.get(need, ())}
    errors = [FieldError(name, "not_allowed") for name in given if name not in known]
    if errors:
        raise InvalidFields(errors)


def legal_search_moves(
    current: SearchStatus, *, accepted: bool = False
) -> tuple[SearchStatus, ...]:
    return tuple(
        to
        for (origin, to), needs in SEARCH_MOVES.items()
        if origin is current and (accepted or Need.ACCEPTANCE not in needs)
    )


def check_inquiry_move(current: InquiryState, to: InquiryState) -> None:
    """Raises IllegalTransition."""
    if to not in INQUIRY_MOVES[current]:
        raise IllegalTransition(current, to, INQUIRY_MOVES[current])


def excludes_therapist(end: AcceptanceEnd) -> bool:
    """After failed sessions the therapist is not offered again; a correction undoes a mistake."""
    return end is not AcceptanceEnd.CORRECTION


def answered_row(
    row: RowStatus, search: SearchStatus, *, accepted: bool, has_place: bool = False
) -> RowStatus:
    """What a therapist's answer makes of a row. An acceptance that comes too late is a conflict,
    but nobody is in conflict with themselves (`has_place`: the same therapist has it already)."""
    if accepted and has_place:
        return RowStatus.WITHDRAWN
    if accepted:
        open_row = row in (RowStatus.PENDING, RowStatus.NO_RESPONSE)
        takes_place = open_row and search is SearchStatus.ACTIVE
        return RowStatus.ACCEPTED if takes_place else RowStatus.CONFLICT
    return RowStatus.WITHDRAWN if row is RowStatus.WITHDRAWN else RowStatus.REJECTED


class Undo(StrEnum):
    """What has to be taken back before a row can be answered differently."""

    NOTHING = "nothing"
    PLACE = "place"  # it ends; where it still counted the search goes on, and losers may move up
    CONFLICT = "conflict"  # it is moot


CORRECTED_ROWS: dict[RowStatus, Undo] = {
    RowStatus.ACCEPTED: Undo.PLACE,
    RowStatus.CONFLICT: Undo.CONFLICT,
    RowStatus.REJECTED: Undo.NOTHING,
    RowStatus.WITHDRAWN: Undo.NOTHING,
    RowStatus.NO_RESPONSE: Undo.NOTHING,
}


def unanswered_row(*, withdrawn: bool) -> RowStatus:
    """What a row was before its answer; from there a correction goes the way of a first answer."""
    return RowStatus.WITHDRAWN if withdrawn else RowStatus.PENDING


def check_correctable(current: InquiryState) -> None:
    """Raises IllegalTransition: only what has been answered can be corrected."""
    if current is not InquiryState.ANSWERED:
        raise IllegalTransition(current, "corrected", INQUIRY_MOVES[current])


def conflict_kind(search: SearchStatus) -> str:
    """Nobody else took the place of a paused or abandoned search: it is only late."""
    late = search in (SearchStatus.PAUSED, SearchStatus.ABANDONED)
    return "late_acceptance" if late else "conflict"


def _unmet_needs(needs: Iterable[Need], facts: MoveFacts, today: date) -> Iterator[FieldError]:
    for need in needs:
        error = _need_error(need, facts, today)
        if error is not None:
            yield error


def _need_error(need: Need, facts: MoveFacts, today: date) -> FieldError | None:
    match need:
        case Need.RESUME_LATER:
            return _resume_error(facts.resume_date, today)
        case Need.SEARCH_END:
            return _end_error(facts.end_reason, set(SearchEnd) - {SearchEnd.THERAPY_STARTED})
        case Need.ACCEPTANCE_END:
            return _end_error(facts.end_reason, AcceptanceEnd)
        case Need.FIRST_MEETING:
            return _meeting_error(facts.first_meeting_on, today)
        case Need.SESSIONS_HELD:
            return None if (facts.sessions_held or 0) >= 1 else FieldError(need, "at_least_one")
        case Need.PATIENT_CONTINUES:
            return None if facts.patient_continues else FieldError(need, "must_be_true")
        case Need.ACCEPTANCE:
            return None  # decided by `legal_search_moves`


def _resume_error(resume_date: date | None, today: date) -> FieldError | None:
    if resume_date is None or resume_date > today:
        return None
    return FieldError("resume_date", "must_be_in_the_future")


def _end_error(end_reason: str | None, allowed: Iterable[StrEnum]) -> FieldError | None:
    if end_reason is None:
        return FieldError("end_reason", "required")
    return None if end_reason in set(allowed) else FieldError("end_reason", "not_allowed")


def _meeting_error(first_meeting_on: date | None, today: date) -> FieldError | None:
    if first_meeting_on is None:
        return FieldError("first_meeting_on", "required")
    if first_meeting_on > today:
        return FieldError("first_meeting_on", "must_not_be_in_the_future")
    return None
