"""The rows of the event stream. What they promise each other stands in migration 0016."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, FetchedValue, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from matching_service.storage.tables import Base


class StreamHead(Base):
    """One row: the number given last, 0 before the first."""

    __tablename__ = "stream_head"

    single: Mapped[bool] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger)


class StreamEvent(Base):
    """`id` and `told_at` come with the commit."""

    __tablename__ = "stream_event"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())
    type: Mapped[str]
    kind: Mapped[str]
    subject_id: Mapped[int] = mapped_column(BigInteger)
    ids: Mapped[dict[str, Any]]
    status: Mapped[str | None]
    at: Mapped[datetime]
    told_at: Mapped[datetime] = mapped_column(server_default=FetchedValue())


class StreamTicket(Base):
    __tablename__ = "stream_ticket"

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    subject: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    session_ends_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(server_default=FetchedValue())
