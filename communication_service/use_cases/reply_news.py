"""What others are told of replies, by ids only. The caller holds the reply's lock."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.storage.replies import Reply
from communication_service.use_cases.publisher import SERVICE
from shared.events.outbox import publish


def tell_received(session: Session, reply: Reply, now: datetime) -> None:
    """It waits for a person."""
    _tell(session, "communication.reply_received", reply, now)


def tell_settled(session: Session, reply: Reply, now: datetime) -> None:
    _tell(session, "communication.reply_settled", reply, now)


def _tell(session: Session, moment: str, reply: Reply, now: datetime) -> None:
    data = {
        "reply_id": reply.id,
        "version": reply.version,
        "bundle_id": reply.bundle_id,
        "therapist_id": reply.therapist_id,
        "at": now.isoformat().replace("+00:00", "Z"),
    }
    publish(session, SERVICE, moment, reply.id, data, now)
