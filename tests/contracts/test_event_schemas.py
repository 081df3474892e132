"""What may change in a promised event, and what may not: old and new must understand each other."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from devstack.event_schemas import FOLDER, broken_promises, changes_refused, saved_form
from shared.contracts.event_types import EVENT_TYPES, EventType
from tests.architecture.house import ROOT

SHOWN = {fields.Integer, fields.String, fields.Boolean, fields.Date, fields.List}
STATES = validate.OneOf(["draft", "sent"])
WIDER, NARROWER = validate.OneOf(["draft", "sent", "lost"]), validate.OneOf(["draft"])


@dataclass(frozen=True)
class Change:
    """One field then and now (None: there is none), and the most awkward value of each time."""

    then: fields.Field[Any] | None
    now: fields.Field[Any] | None
    said_then: object = ...
    said_now: object = ...


INTEGER, REQUIRED = fields.Integer(), fields.Integer(required=True)
# Change, whether a new reader understands old events, and an old reader new ones.
HARMLESS = {
    "nothing": Change(REQUIRED, REQUIRED, 1, 1),
    "an optional field joins": Change(None, INTEGER, ..., 1),
    "an explanation": Change(INTEGER, fields.Integer(metadata={"description": "state"}), 1, 1),
}
HARMFUL = {
    "a required field joins": (Change(None, REQUIRED, ..., 1), False, True),
    "a required field goes": (Change(REQUIRED, None, 1, ...), True, False),
    "an optional field becomes required": (Change(INTEGER, REQUIRED, ..., 1), False, True),
    "a required field becomes optional": (Change(REQUIRED, INTEGER, 1, ...), True, False),
    "number to text": (Change(INTEGER, fields.String(), 1, "eins"), False, False),
    "text to number": (Change(fields.String(), INTEGER, "eins", 1), False, False),
    "date to text": (Change(fields.Date(), fields.String(), "2026-11-23", "bald"), True, False),
    "text to date": (Change(fields.String(), fields.Date(), "bald", "2026-11-23"), False, True),
    "nothing becomes a value": (
        Change(INTEGER, fields.Integer(allow_none=True), 1, None),
        True,
        False,
    ),
    "nothing is no value any more": (
        Change(fields.Integer(allow_none=True), INTEGER, None, 1),
        False,
        True,
    ),
    "one becomes many": (Change(INTEGER, fields.List(fields.Integer()), 1, [1]), False, False),
    "many of another kind": (
        Change(fields.List(fields.Integer()), fields.List(fields.String()), [1], ["eins"]),
        False,
        False,
    ),
    "fewer states": (
        Change(fields.String(validate=STATES), fields.String(validate=NARROWER), "sent", "draft"),
        False,
        True,
    ),
    "more states": (
        Change(fields.String(validate=STATES), fields.String(validate=WIDER), "sent", "lost"),
        True,
        False,
    ),
    # Both can read, but whoever counts on the field waits for it in vain.
    "an optional field goes": (Change(INTEGER, None, 1, ...), True, True),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_change_that_both_sides_understand_is_allowed(change: Change) -> None:
    assert changes_refused(_saved(change.then), _saved(change.now)) == []
    assert _understands(change.now, change.said_then)
    assert _understands(change.then, change.said_now)


@pytest.mark.parametrize(("change", "forward", "backward"), HARMFUL.values(), ids=HARMFUL)
def test_a_change_that_one_side_cannot_understand_is_refused(
    change: Change, *, forward: bool, backward: bool
) -> None:
    [refusal] = changes_refused(_saved(change.then), _saved(change.now))

    assert "bundle.sent: field state " in refusal
    assert "Publish a new type" in refusal
    assert _understands(change.now, change.said_then) == forward
    assert _understands(change.then, change.said_now) == backward


@pytest.mark.parametrize(("name", "value"), [("topic", "patient-events"), ("key", "bundle_id")])
def test_an_event_stays_in_its_topic_and_under_its_key(name: str, value: str) -> None:
    event_type = EVENT_TYPES["bundle.sent"]
    moved = replace(event_type, **{name: value})  # type: ignore[arg-type]

    [refusal] = changes_refused(saved_form(event_type), saved_form(moved))

    assert f"{name} was {getattr(event_type, name)} and is {value}" in refusal


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_a_contract_demands_nothing_that_its_saved_schema_does_not_show(
    event_type: EventType,
) -> None:
    """Else a change of it would pass: a format, a validator in Python, a field of a part."""
    schema = event_type.data()

    assert not any(schema._hooks.values())
    for field in schema.fields.values():
        for part in (field, *([field.inner] if isinstance(field, fields.List) else [])):
            assert type(part) in SHOWN
            assert all(isinstance(v, validate.OneOf) for v in part.validators)
            assert not getattr(part, "strict", False)
            assert getattr(part, "format", "iso") == "iso"


def test_every_promise_is_kept() -> None:
    assert broken_promises(ROOT) == []


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_type_of_event_is_saved(name: str) -> None:
    assert json.loads((ROOT / FOLDER / f"{name}.json").read_text())["type"] == name


def test_a_type_that_is_gone_is_missed_until_its_file_goes_too(tmp_path: Path) -> None:
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    gone = tmp_path / FOLDER / "bundle.forgotten.json"
    was = saved_form(replace(EVENT_TYPES["bundle.sent"], name="bundle.forgotten"))
    gone.write_text(json.dumps(was))

    [refusal] = broken_promises(tmp_path)
    gone.unlink()

    assert refusal.startswith("bundle.forgotten: the type is gone")
    assert broken_promises(tmp_path) == []


def _saved(state: fields.Field[Any] | None) -> Any:
    return saved_form(EventType("bundle.sent", "matching-events", "mailbox_key", _schema(state)))


def _schema(state: fields.Field[Any] | None) -> type[Schema]:
    known: dict[str, fields.Field[Any]] = {} if state is None else {"state": state}
    return Schema.from_dict({"version": fields.Integer(required=True), **known})


def _understands(state: fields.Field[Any] | None, said: object) -> bool:
    """Whether a reader who knows the field so can read an event that says that."""
    body = {"version": 1} if said is ... else {"version": 1, "state": said}
    try:
        _schema(state)(unknown=EXCLUDE).load(body)
    except ValidationError:
        return False
    return True
