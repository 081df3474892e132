"""What was answered, until it expires, and whose turn it is to ask."""

from datetime import datetime

from sqlalchemy import DateTime, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(schema="geocoding_service")
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        str: Text,
        datetime: DateTime(timezone=True),
    }


class Answered(Base):
    __abstract__ = True

    question: Mapped[bytes] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Geocode(Answered):
    """`answer` is sealed; None: there is no such place."""

    __tablename__ = "geocode"

    answer: Mapped[bytes | None]


class RouteRow(Answered):
    """Both None: there is no way."""

    __tablename__ = "route"

    metres: Mapped[float | None]
    seconds: Mapped[float | None]
