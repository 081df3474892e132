"""Lists of v2: a page at a time by key, exact while rows come and go."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import Select, func, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.http.fields import Choice, Text, WholeWord
from shared.http.problems import field_error

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 500


class PageQuery(Schema):
    """Base of every v2 list query."""

    cursor = Text(500, metadata={"description": "`next` der vorigen Seite"})
    limit = WholeWord(1, LARGEST_LIMIT, load_default=DEFAULT_LIMIT)
    sort = Choice(["created_at", "-created_at"], load_default="created_at")


@dataclass(frozen=True)
class Order:
    """What a list is sorted by: a column with ties broken by id."""

    column: "InstrumentedAttribute[Any]"
    id: "InstrumentedAttribute[int]"
    descending: bool = False


def page_schema(item: type[Schema]) -> type[Schema]:
    return Schema.from_dict(
        {
            "data": fields.List(fields.Nested(item)),
            "total": fields.Integer(),
            "next": fields.String(allow_none=True),
        },
        name=f"{item.__name__}Page",
    )


def read_page(
    session: Session, rows: "Select[Any]", order: Order, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """`{"data", "total", "next"}` of an ORM select; refuses a cursor that we did not issue."""

    def run(page: "Select[Any]") -> Sequence[Any]:
        return session.scalars(page).all()

    return _page(session, rows, order, cursor, limit, run)


def read_page_of_rows(
    session: Session, rows: "Select[Any]", order: Order, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """The same of a select of columns: plain rows, for lists that are read all day long."""

    def run(page: "Select[Any]") -> Sequence[Any]:
        return session.connection().execute(page).all()

    return _page(session, rows, order, cursor, limit, run)


def _page(
    session: Session,
    rows: "Select[Any]",
    order: Order,
    cursor: str | None,
    limit: int,
    run: "Callable[[Select[Any]], Sequence[Any]]",
) -> dict[str, Any]:
    total = _how_many(session, rows)
    key = tuple_(order.column, order.id)
    if cursor:
        after = tuple_(*_decode(cursor))
        rows = rows.where(key < after if order.descending else key > after)
    arranged = (
        (order.column.desc(), order.id.desc()) if order.descending else (order.column, order.id)
    )
    found = run(rows.order_by(*arranged).limit(limit + 1))
    data = found[:limit]
    more = len(found) > limit
    return {"data": data, "total": total, "next": _encode(data[-1], order) if more else None}


def read_page_by_id(
    session: Session, rows: "Select[Any]", row_id: "InstrumentedAttribute[int]", limit: int
) -> dict[str, Any]:
    """A page for programs that read everything: the next one is asked for by the largest id."""
    total = _how_many(session, rows)
    data = session.scalars(rows.order_by(row_id).limit(limit)).all()
    return {"data": data, "total": total, "next": None}


def _how_many(session: Session, rows: "Select[Any]") -> int:
    counted = rows.with_only_columns(func.count(), maintain_column_froms=True)
    return session.scalar(counted) or 0


def _encode(row: Any, order: Order) -> str:
    value = getattr(row, order.column.key)
    raw = json.dumps([value.isoformat(), getattr(row, order.id.key)])
    return base64.urlsafe_b64encode(raw.encode()).decode()


def _decode(cursor: str) -> tuple[datetime, int]:
    try:
        value, row_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        moment = datetime.fromisoformat(value)
        # JSON's true would pass as an int, and no database takes every offset that Python reads.
        if moment.tzinfo is None or type(row_id) is not int or not 0 < row_id < 2**63:
            raise ValueError
        moment = moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        raise field_error("cursor", "wrong_format", "Kein Cursor dieser Liste.") from None
    return moment, row_id
