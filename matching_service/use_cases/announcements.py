"""What matching tells the other services. The caller holds the lock of the row that the event is
about, so that events of one key leave in the order of their commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from matching_service.storage.tables import Conflict, MailboxBlock, Platzsuche, Therapeutenanfrage
from shared.events.outbox import publish

SERVICE = "matching_service"


@dataclass(frozen=True)
class AnswerNews:
    """How, when and by whom an inquiry was answered, about whom; or such an answer corrected."""

    channel: str
    at: datetime
    by: str
    patient_ids: Sequence[int]
    corrected: bool


def tell_search_created(session: Session, search: Platzsuche, now: datetime) -> None:
    publish(session, SERVICE, "search.created", search.id, _search(search), now)


def tell_search_moved(session: Session, search: Platzsuche, origin: str, now: datetime) -> None:
    data = {
        **_search(search),
        "from": origin,
        "end_reason": search.end_reason,
        "therapist_id": search.accepted_therapist_id,
    }
    publish(session, SERVICE, "search.status_changed", search.id, data, now)


def tell_bundle(
    session: Session,
    moment: str,
    inquiry: Therapeutenanfrage,
    searches: Sequence[int],
    now: datetime,
    *,
    next_contactable_date: date | None = None,
    answer: AnswerNews | None = None,
) -> None:
    """`moment`: created, sent, responded, closed or cancelled."""
    data: dict[str, Any] = {
        "bundle_id": inquiry.id,
        "version": inquiry.version,
        "therapist_id": inquiry.therapist_id,
        "state": inquiry.state,
        "bundle_size": inquiry.bundle_size,
        "search_ids": list(searches),
        "response_type": inquiry.response_type,
        "accepted_count": inquiry.accepted_count,
        "next_contactable_date": next_contactable_date,
        **(_answer(answer) if answer else {}),
    }
    publish(session, SERVICE, f"bundle.{moment}", inquiry.mailbox_key, data, now)


def tell_cooling(
    session: Session,
    block: MailboxBlock,
    mailbox_key: str,
    therapists: Sequence[int],
    last_contact_date: date,
    now: datetime,
) -> None:
    data = _cooling(block, therapists, last_contact_date, block.next_contactable_date)
    publish(session, SERVICE, "cooling.started", mailbox_key, data, now)


def tell_cooling_overridden(
    session: Session,
    block: MailboxBlock,
    mailbox_key: str,
    therapists: Sequence[int],
    last_contact_date: date,
    contactable_from: date,
    now: datetime,
) -> None:
    data = _cooling(block, therapists, last_contact_date, contactable_from)
    publish(session, SERVICE, "cooling.overridden", mailbox_key, data, now)


def tell_conflict(
    session: Session,
    conflict: Conflict,
    winner_bundle_id: int | None,
    loser: Therapeutenanfrage,
    now: datetime,
) -> None:
    data = {
        "version": conflict.version,
        "conflict_id": conflict.id,
        "search_id": conflict.platzsuche_id,
        "winner_bundle_id": winner_bundle_id,
        "loser_bundle_id": loser.id,
    }
    publish(session, SERVICE, "conflict.detected", loser.mailbox_key, data, now)


def _answer(answer: AnswerNews) -> dict[str, Any]:
    return {
        "response_channel": answer.channel,
        "responded_at": answer.at.isoformat().replace("+00:00", "Z"),
        "responded_by": answer.by,
        "corrected": answer.corrected,
        "patient_ids": list(answer.patient_ids),
    }


def _cooling(
    block: MailboxBlock,
    therapists: Sequence[int],
    last_contact_date: date,
    next_contactable_date: date | None,
) -> dict[str, Any]:
    return {
        "version": block.id,
        "therapist_ids": list(therapists),
        "bundle_id": block.inquiry_id,
        "last_contact_date": last_contact_date,
        "next_contactable_date": next_contactable_date,
    }


def _search(search: Platzsuche) -> dict[str, Any]:
    return {
        "search_id": search.id,
        "version": search.version,
        "patient_id": search.patient_id,
        "status": search.status,
    }
