"""The table `sending_pace`: from when on the next mail may go, by provider and for all of them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from communication_service.domain.mail_states import MailState
from communication_service.storage.tables import Base, Email

ALL = "*"
_LONG_AGO = datetime.fromtimestamp(0, UTC)


class SendingPace(Base):
    """`holds`: how often in a row we were asked to wait."""

    __tablename__ = "sending_pace"

    provider: Mapped[str] = mapped_column(primary_key=True)
    open_at: Mapped[datetime]
    holds: Mapped[int] = mapped_column(default=0)


def locked_paces(session: Session, providers: Sequence[str]) -> list[SendingPace]:
    """In the order asked for; made where there is none yet, whoever else makes it."""
    for provider in sorted(providers):
        new = {"provider": provider, "open_at": _LONG_AGO, "holds": 0}
        session.execute(insert(SendingPace).values(new).on_conflict_do_nothing())
    rows = select(SendingPace).where(SendingPace.provider.in_(providers))
    found = session.scalars(rows.order_by(SendingPace.provider).with_for_update())
    by_provider = {pace.provider: pace for pace in found}
    return [by_provider[provider] for provider in providers]


def is_held_up(now: datetime) -> ColumnElement[bool]:
    """Of a mail: nothing may go out just now, or nothing to its provider."""
    its_own = or_(SendingPace.provider == ALL, SendingPace.provider == Email.provider)
    return exists().where(SendingPace.open_at > now, its_own)


def note_provider(session: Session, email_id: int, provider: str) -> None:
    session.execute(update(Email).where(Email.id == email_id).values(provider=provider))


def provider_of_mail(session: Session, email_id: int) -> str | None:
    return session.scalar(select(Email.provider).where(Email.id == email_id))


def end_holds(session: Session, provider: str) -> None:
    held = SendingPace.provider.in_((ALL, provider)) & (SendingPace.holds > 0)
    session.execute(update(SendingPace).where(held).values(holds=0))


def waiting(session: Session, now: datetime) -> Sequence[tuple[str | None, int, datetime]]:
    """Provider, how many due mails wait, since when the oldest of them does."""
    since = func.coalesce(Email.due_at, Email.queued_at)
    rows = select(Email.provider, func.count(), func.min(since))
    due = rows.where(Email.state == MailState.QUEUED, since <= now).group_by(Email.provider)
    return [(provider, count, oldest) for provider, count, oldest in session.execute(due)]
