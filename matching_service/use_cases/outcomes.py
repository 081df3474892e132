"""What one patient's outcome changes: a place is found, a conflict noted, a therapist excluded.

The same for an answer that comes first and for one that corrects it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.domain.lifecycle import (
    RowStatus,
    SearchStatus,
    answered_row,
    conflict_kind,
)
from matching_service.domain.responses import Outcome, excludes_therapist, summarize
from matching_service.storage.locks import LockedInquiries
from matching_service.storage.tables import (
    Conflict,
    Platzsuche,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)
from matching_service.use_cases.announcements import tell_search_moved
from matching_service.use_cases.conflict_records import Acceptance, note_conflict, yield_to
from matching_service.use_cases.exclusions import exclude_therapist
from matching_service.use_cases.search_moves import enter_sessions
from matching_service.use_cases.withdrawals import withdraw_everywhere, withdraw_from_therapist


@dataclass(frozen=True)
class PatientResponse:
    search_id: int
    outcome: Outcome
    notes: str | None = None


@dataclass(frozen=True)
class Response:
    """A therapist's whole answer. Without `responded_at` it came now, or as it was first given."""

    responses: Sequence[PatientResponse]
    channel: str
    responded_at: datetime | None = None
    notes: str | None = None

    def by_search(self) -> Mapping[int, PatientResponse]:
        return {one.search_id: one for one in self.responses}

    def outcomes(self) -> Mapping[int, Outcome]:
        return {one.search_id: one.outcome for one in self.responses}


@dataclass(frozen=True)
class Answer:
    """One answer on its way into the rows; everything it touches is locked."""

    session: Session
    locked: LockedInquiries
    inquiry: Therapeutenanfrage
    response: Response
    responded_at: datetime
    actor: str
    now: datetime

    @property
    def rows(self) -> list[TherapeutAnfragePatient]:
        return self.locked.rows_of(self.inquiry.id)


def apply_outcome(
    answer: Answer, row: TherapeutAnfragePatient, given: PatientResponse
) -> Conflict | None:
    """Returns the conflict that an acceptance has become, if it has."""
    search = answer.locked.searches[row.platzsuche_id]
    before, has_place = SearchStatus(search.status), _has_place(answer, search)
    accepted = given.outcome is Outcome.ACCEPTED
    row.outcome, row.outcome_notes = given.outcome, given.notes
    row.status = answered_row(RowStatus(row.status), before, accepted=accepted, has_place=has_place)
    if row.status == RowStatus.WITHDRAWN:
        row.withdrawn_at = row.withdrawn_at or answer.now
    if row.status == RowStatus.ACCEPTED:
        place(answer.session, answer.locked, row, answer.actor, answer.now)
    elif row.status == RowStatus.CONFLICT:
        acceptance = Acceptance(row, answer.inquiry, answer.responded_at)
        return note_conflict(answer.session, acceptance, conflict_kind(before), before, answer.now)
    elif excludes_therapist(given.outcome):
        _exclude(answer, row, given)
    return None


def place(
    session: Session,
    locked: LockedInquiries,
    row: TherapeutAnfragePatient,
    actor: str,
    now: datetime,
) -> None:
    """The search leaves the hunt: its pending rows elsewhere are withdrawn."""
    search = locked.searches[row.platzsuche_id]
    inquiry = locked.inquiries[row.therapeutenanfrage_id]
    origin = search.status
    take_seat(row, now)
    enter_sessions(session, search, inquiry.therapist_id, actor=actor, now=now)
    withdraw_everywhere(
        session, locked, [search.id], "accepted_elsewhere", now, but_not_in=inquiry.id
    )
    session.flush()
    yield_to(session, row)
    tell_search_moved(session, search, origin, now)


def take_seat(row: TherapeutAnfragePatient, now: datetime) -> None:
    """The one acceptance of its search that counts, until it ends."""
    row.status, row.accepted_at = RowStatus.ACCEPTED, now
    row.ended_at = row.end_reason = row.first_meeting_on = None


def sum_up(inquiry: Therapeutenanfrage, rows: Sequence[TherapeutAnfragePatient]) -> None:
    """What an inquiry says of its rows as a whole."""
    summary = summarize(Outcome(row.outcome) for row in rows if row.outcome is not None)
    inquiry.response_type = summary.response_type
    inquiry.accepted_count = summary.accepted_count
    inquiry.placed_count = sum(row.status == RowStatus.ACCEPTED for row in rows)
    inquiry.version += 1


def _has_place(answer: Answer, search: Platzsuche) -> bool:
    in_sessions = search.status == SearchStatus.IN_SESSIONS
    return in_sessions and search.accepted_therapist_id == answer.inquiry.therapist_id


def _exclude(answer: Answer, row: TherapeutAnfragePatient, given: PatientResponse) -> None:
    """For whoever the therapist is now. An answer that is late or corrected meets a newer inquiry
    to the same one."""
    excluded = exclude_therapist(
        answer.session,
        row.platzsuche_id,
        answer.inquiry.therapist_id,
        given.outcome,
        source="response",
        actor=answer.actor,
        now=answer.now,
    )
    if excluded is not None:
        concerned = [row.platzsuche_id]
        withdraw_from_therapist(
            answer.session, answer.locked, concerned, excluded, answer.actor, answer.now
        )
