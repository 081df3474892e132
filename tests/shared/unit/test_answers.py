"""An answer is written exactly as its schema would dump it."""

import json
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from marshmallow import Schema, fields

from shared.http.answers import writer_of
from shared.http.fields import Choice, Day, Flag, Identifier, Instant


class Practice(Schema):
    name = fields.String()
    phone = fields.String(allow_none=True)


class Visit(Schema):
    id = Identifier()
    day = Day(attribute="held_on", allow_none=True)
    from_ = Instant(data_key="from", attribute="began_at")
    kind = Choice(["first", "further"])
    paid = Flag()
    kilometres = fields.Float(allow_none=True)
    notes = fields.List(fields.String(), allow_none=True)
    practice = fields.Nested(Practice, allow_none=True)
    practice_name = fields.String(attribute="practice.name")
    earlier = fields.List(fields.Nested(Practice))
    later = fields.Nested(Practice, many=True)
    counted = fields.Integer(dump_default=0)
    number = fields.Integer(as_string=True)
    reference = fields.UUID()
    whole = fields.Boolean()
    loud = fields.Function(lambda visit: "kind" in visit if isinstance(visit, dict) else None)
    secret = fields.String(load_only=True)


class Shouted(Practice):
    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        found = super().get_attribute(obj, attr, default)
        return found.upper() if isinstance(found, str) else found


class Named(NamedTuple):
    name: str
    phone: str


WHOLE = {
    "id": 7,
    "held_on": date(2026, 3, 1),
    "began_at": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    "kind": "first",
    "paid": True,
    "kilometres": 3,
    "notes": ["a", "b"],
    "practice": {"name": "Ö", "phone": None, "unknown": 1},
    "earlier": [{"name": "A"}, {"phone": "0221 1"}],
    "later": [{"name": "B"}],
    "counted": "4",
    "number": 12,
    "reference": UUID(int=5),
    "whole": 1,
    "secret": "x",
}
EMPTY = {**dict.fromkeys(WHOLE), "id": 1, "began_at": None}
ROWS: dict[str, Any] = {
    "whole": WHOLE,
    "empty": EMPTY,
    "partial": {"id": 2, "earlier": [], "later": []},
    "an object": SimpleNamespace(**WHOLE),
    "an object with an object": SimpleNamespace(
        **{**WHOLE, "practice": SimpleNamespace(name="C", phone="1")}
    ),
    "a dict with rows": {**WHOLE, "practice": Named("D", "2"), "later": [Named("E", "3")]},
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_an_answer_looks_as_its_schema_says(row: Any) -> None:
    schema = Visit()
    assert json.dumps(writer_of(schema)(row)) == json.dumps(schema.dump(row))


@pytest.mark.parametrize("row", [{"name": "a"}, Named("a", "1"), SimpleNamespace(name="a")])
def test_a_schema_may_look_for_its_values_in_its_own_way(row: Any) -> None:
    schema = Shouted()
    assert writer_of(schema)(row) == schema.dump(row)
    assert writer_of(schema)(row)["name"] == "A"
