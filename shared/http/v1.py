"""What every v1 door shares: bare arrays by page number, and its one-sentence answers."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.http.fields import WholeWord

_LARGEST_LIMIT = 100
_LARGEST_PAGE = 10**6


class V1Message(Schema):
    message = fields.String()


class V1PageQuery(Schema):
    """`limit` is clamped to 1..100, as it always was."""

    page = WholeWord(1, _LARGEST_PAGE, load_default=1)
    limit = WholeWord(-(10**9), 10**9, load_default=20)


def read_v1_page(
    session: Session,
    rows: "Select[Any]",
    order: "InstrumentedAttribute[int]",
    query: Mapping[str, Any],
) -> list[Any]:
    limit = min(max(query["limit"], 1), _LARGEST_LIMIT)
    page = rows.order_by(order).limit(limit).offset((query["page"] - 1) * limit)
    return list(session.scalars(page))
