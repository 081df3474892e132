"""A search that leaves the hunt takes its pending rows out of every other inquiry."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.domain.lifecycle import InquiryState, RowStatus, check_inquiry_move
from matching_service.storage.locks import LockedInquiries
from matching_service.storage.tables import TherapeutAnfragePatient, Therapeutenanfrage
from matching_service.use_cases.announcements import tell_bundle
from matching_service.use_cases.search_history import note

_EXCLUDED = "therapist_excluded"


def withdraw_everywhere(
    session: Session,
    locked: LockedInquiries,
    searches: Iterable[int],
    reason: str,
    now: datetime,
    *,
    but_not_in: int | None = None,
) -> None:
    """Withdraws pending rows of the searches; in drafts they are removed.

    An inquiry that loses its last row is closed, a draft cancelled. `locked` holds every open
    inquiry that carries one of the searches.
    """
    leaving = set(searches)
    for inquiry in locked.inquiries.values():
        if inquiry.id != but_not_in:
            _withdraw_from(session, locked, inquiry, leaving, reason, now)


def withdraw_from_therapist(
    session: Session,
    locked: LockedInquiries,
    searches: Collection[int],
    therapist_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Of the locked inquiries only those to this therapist lose the searches."""
    asked = {i.id: i for i in locked.inquiries.values() if i.therapist_id == therapist_id}
    for row in locked.rows:
        pending = row.status == RowStatus.PENDING and row.platzsuche_id in searches
        if pending and row.therapeutenanfrage_id in asked:
            search, ref = locked.searches[row.platzsuche_id], f"bundle:{row.therapeutenanfrage_id}"
            note(session, search, actor, "withdrawn", now, reason=_EXCLUDED, ref=ref)
    withdraw_everywhere(session, replace(locked, inquiries=asked), searches, _EXCLUDED, now)


def _withdraw_from(
    session: Session,
    locked: LockedInquiries,
    inquiry: Therapeutenanfrage,
    leaving: set[int],
    reason: str,
    now: datetime,
) -> None:
    rows = locked.rows_of(inquiry.id)
    going = [r for r in rows if r.platzsuche_id in leaving and r.status == RowStatus.PENDING]
    if not going:
        return
    staying = [r for r in rows if r not in going and r.status != RowStatus.WITHDRAWN]
    for row in going:
        _withdraw(session, row, inquiry, reason, now)
    if inquiry.state == InquiryState.DRAFT:
        inquiry.bundle_size = len(staying)
    inquiry.version += 1
    if not any(row.status == RowStatus.PENDING for row in staying):
        _close_emptied(inquiry, now)
        moment = "cancelled" if inquiry.state == InquiryState.CANCELLED else "closed"
        session.flush()
        tell_bundle(session, moment, inquiry, [r.platzsuche_id for r in rows], now)
    elif inquiry.state == InquiryState.DRAFT:
        # Its mail is a draft too and has to be written anew.
        session.flush()
        tell_bundle(session, "created", inquiry, [r.platzsuche_id for r in staying], now)


def _withdraw(
    session: Session,
    row: TherapeutAnfragePatient,
    inquiry: Therapeutenanfrage,
    reason: str,
    now: datetime,
) -> None:
    row.status = RowStatus.WITHDRAWN
    row.withdrawn_at, row.withdrawn_reason = now, reason
    if inquiry.state == InquiryState.DRAFT:
        session.delete(row)


def _close_emptied(inquiry: Therapeutenanfrage, now: datetime) -> None:
    to = InquiryState.CANCELLED if inquiry.state == InquiryState.DRAFT else InquiryState.CLOSED
    check_inquiry_move(InquiryState(inquiry.state), to)
    inquiry.state, inquiry.closed_at, inquiry.close_reason = to, now, "emptied"
