"""What a practice wants of us is kept here at once, and told to the therapist service after that.

So an opt-out needs nobody else to be awake, and nothing that was promised on a page gets lost.
Once it is told, the therapist service's word counts.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from communication_service.domain.answer_links import LinkClaim
from communication_service.gateways.answers import read_asked_therapist
from communication_service.gateways.contact_wishes import ContactWishes
from communication_service.gateways.people import People
from communication_service.storage import contact_wishes as rows
from communication_service.storage.contact_wishes import OPT_OUT, ContactWish
from shared.contracts.berlin import berlin_day
from shared.db import Database
from shared.http.service_client import ServiceRefused, ServiceUnavailable

CHANNEL = "portal"
CLEARED_BY, CLEARED = "therapist_service", "Beim Therapeuten aufgehoben"
SYSTEM, FROM_ELSEWHERE = "system", "Der Link ging an ein anderes Postfach als das der Praxis"
_AT_ONCE = 100

log = structlog.get_logger()


class OptOutNotFound(Exception):
    def __init__(self, opt_out_id: int) -> None:
        super().__init__(opt_out_id)


class OptOutUndone(Exception):
    """Somebody has undone it before."""


def opt_out(session: Session, claim: LinkClaim, now: datetime) -> None:
    """The same again is told again. Whether the link is still one of the practice's is asked when
    it is told."""
    rows.keep_opt_out(session, claim, now)


def ask_later(
    session: Session, therapist_id: int, bundle_id: int, day: date, now: datetime
) -> None:
    rows.keep_later(session, therapist_id, bundle_id, day, now)


def undo_opt_out(
    session: Session, opt_out_id: int, reason: str, actor: str, now: datetime
) -> ContactWish:
    """Raises OptOutNotFound, OptOutUndone."""
    wish = rows.locked_opt_out(session, opt_out_id)
    if wish is None:
        raise OptOutNotFound(opt_out_id)
    if wish.undone_at is not None:
        raise OptOutUndone
    wish.undone_at, wish.undone_by, wish.undo_reason = now, actor, reason
    wish.delivered_at = None
    return wish


def end_cleared_wishes(session: Session, therapist_id: int, people: People, now: datetime) -> None:
    """What was told and is not kept there any more was taken back there.

    Told means: told before we ask. So this needs no order of events, and a wish that is still on
    its way stays. Raises ServiceUnavailable or ServiceRefused.
    """
    told = rows.locked_told(session, therapist_id)
    therapist = people.therapist(therapist_id) if told else None
    if therapist is None:
        return
    for wish in told:
        if not _is_kept(wish, therapist):
            wish.undone_at, wish.undone_by, wish.undo_reason = now, CLEARED_BY, CLEARED


def tell_wishes(
    database: Database, therapists: ContactWishes, people: People, now: datetime
) -> int:
    """Tells what the therapist service does not know yet; what cannot be told now stays.

    A wish is locked while it is told, so that it and its undoing arrive in their order.
    """
    with database.transaction() as session:
        waiting = rows.undelivered(session, _AT_ONCE)
    told = 0
    for wish_id in waiting:
        try:
            told += _tell(database, therapists, people, wish_id, now)
        except ServiceUnavailable:
            break
        except ServiceRefused as refusal:
            log.warning("wish_refused", wish_id=wish_id, status=refusal.status)
    return told


def _tell(
    database: Database, therapists: ContactWishes, people: People, wish_id: int, now: datetime
) -> bool:
    with database.transaction() as session:
        wish = rows.locked_undelivered(session, wish_id)
        if wish is None:
            return False
        if _comes_from_elsewhere(wish, people):
            wish.undone_at, wish.undone_by, wish.undo_reason = now, SYSTEM, FROM_ELSEWHERE
        else:
            actor = wish.undone_by or f"therapist:{wish.therapist_id}"
            therapists.tell(wish.therapist_id, _wish(wish), actor)
        wish.delivered_at = now
    return True


def _is_kept(wish: ContactWish, therapist: Mapping[str, Any]) -> bool:
    if wish.kind == OPT_OUT:
        return therapist["kein_kontakt"] is not None
    return bool(therapist["kontakt_wieder_ab"] == str(wish.kontakt_wieder_ab))


def _comes_from_elsewhere(wish: ContactWish, people: People) -> bool:
    """Whoever reads a mailbox that is not the practice's cannot opt out for it. An opt-out that
    stands there already stays."""
    if wish.mailbox is None or wish.undone_at is not None:
        return False
    document = people.therapist(wish.therapist_id)
    if document is None:
        return False
    therapist = read_asked_therapist(document)
    return not therapist.opted_out and therapist.mailbox != wish.mailbox


def _wish(wish: ContactWish) -> Mapping[str, object]:
    if wish.kind != OPT_OUT:
        return {"kontakt_wieder_ab": str(wish.kontakt_wieder_ab)}
    if wish.undone_at is not None:
        return {"kein_kontakt": None}
    since = berlin_day(wish.expressed_at)
    return {"kein_kontakt": {"date": since.isoformat(), "channel": CHANNEL}}
