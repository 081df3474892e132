"""Reading, keeping and forgetting what the event stream tells, and the tickets to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, true
from sqlalchemy.orm import Session, aliased

from matching_service.domain.stream_news import News, goes_on
from matching_service.storage.stream_tables import StreamEvent, StreamHead, StreamTicket

LARGEST_PAGE = 500
LARGEST_BIT = 5000


@dataclass(frozen=True)
class Page:
    """What follows a position; `is_whole` when nothing is missing in between."""

    head: int
    events: Sequence[StreamEvent]
    is_whole: bool


def keep_news(session: Session, event_id: UUID, news: News, at: datetime) -> None:
    session.execute(insert(StreamEvent).values(event_id=event_id, at=at, **vars(news)))


def head_of_stream(session: Session) -> int:
    return session.scalars(select(StreamHead.id)).one()


def page_after(session: Session, position: int) -> Page:
    """One statement, so that the head and the rows are of one moment."""
    following = (
        select(StreamEvent)
        .where(StreamEvent.id > position)
        .order_by(StreamEvent.id)
        .limit(LARGEST_PAGE)
        .subquery()
    )
    event = aliased(StreamEvent, following)
    statement = select(StreamHead.id, event).join(event, true(), isouter=True).order_by(event.id)
    rows = session.execute(statement).all()
    events = [one for _, one in rows if one is not None]
    head: int = rows[0][0]
    return Page(head, events, goes_on(position, head, events[0].id if events else None))


def forget_events(session: Session, before: datetime) -> int:
    """From the oldest on, so that what is kept has no gaps."""
    newest_to_go = select(func.max(StreamEvent.id)).where(StreamEvent.told_at < before)
    old = (
        select(StreamEvent.id)
        .where(StreamEvent.id <= newest_to_go.scalar_subquery())
        .order_by(StreamEvent.id)
        .limit(LARGEST_BIT)
    )
    gone = delete(StreamEvent).where(StreamEvent.id.in_(old)).returning(StreamEvent.id)
    return len(session.execute(gone).all())


def keep_ticket(
    session: Session, hash_: bytes, subject: str, roles: Sequence[str], session_ends_at: datetime
) -> datetime:
    """Until when it is good, by the database's clock."""
    kept = (
        insert(StreamTicket)
        .values(hash=hash_, subject=subject, roles=roles, session_ends_at=session_ends_at)
        .returning(StreamTicket.expires_at)
    )
    return session.scalars(kept).one()


def take_ticket(session: Session, hash_: bytes) -> StreamTicket | None:
    """Of all who bring it one gets it; nobody once it has expired."""
    taken = (
        delete(StreamTicket)
        .where(StreamTicket.hash == hash_, StreamTicket.expires_at > func.clock_timestamp())
        .returning(StreamTicket)
    )
    return session.scalars(taken).one_or_none()


def forget_tickets(session: Session) -> int:
    old = (
        select(StreamTicket.hash)
        .where(StreamTicket.expires_at <= func.clock_timestamp())
        .limit(LARGEST_BIT)
    )
    gone = delete(StreamTicket).where(StreamTicket.hash.in_(old)).returning(StreamTicket.hash)
    return len(session.execute(gone).all())
