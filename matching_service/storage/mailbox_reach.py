"""At which mailboxes no mail arrives, and what copies of therapists say because of that."""

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from matching_service.storage.tables import Base, Mailbox, TherapistRow


class MailboxReach(Base):
    """As communication has found out; without a row nothing is known against a mailbox."""

    __tablename__ = "mailbox_reach"

    mailbox_key: Mapped[str] = mapped_column(primary_key=True)
    undeliverable: Mapped[bool]
    version: Mapped[int]


def undeliverable(session: Session, keys: Iterable[str]) -> set[str]:
    """Those of the mailboxes at which no mail arrives."""
    rows = select(MailboxReach.mailbox_key).where(
        MailboxReach.mailbox_key.in_(sorted(set(keys))), MailboxReach.undeliverable
    )
    return set(session.scalars(rows))


def keep_reach(session: Session, mailbox_key: str, version: int, *, undeliverable: bool) -> None:
    """An older version changes nothing. Whoever receives mail there can be written to, or not."""
    statement = insert(MailboxReach).values(
        mailbox_key=mailbox_key, version=version, undeliverable=undeliverable
    )
    news = statement.on_conflict_do_update(
        index_elements=["mailbox_key"],
        set_={"version": version, "undeliverable": undeliverable},
        where=MailboxReach.version < version,
    )
    if session.scalar(news.returning(MailboxReach.version)) is not None:
        here = select(Mailbox.id).where(Mailbox.mailbox_key == mailbox_key).scalar_subquery()
        session.execute(
            update(TherapistRow)
            .where(TherapistRow.mailbox_id == here, ~TherapistRow.deleted)
            .values(has_email=not undeliverable)
        )
