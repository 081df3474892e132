"""How an answer is written: as its schema's `dump` would write it, but long lists in a fraction
of the time.

Marshmallow asks for each value of each row through five functions. Where a value is found and how
it is called is the same for all rows, and is gathered here once per schema; how it looks stays the
matter of its field. What is not found at its place is left to marshmallow.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from marshmallow import Schema, fields, missing

Writer = Callable[[Any], Any]

_AS_THEY_ARE: Sequence[tuple[type[fields.Field[Any]], type]] = (
    (fields.String, str),
    (fields.Boolean, bool),
    (fields.Integer, int),
)


def writer_of(schema: Schema) -> Writer:
    """`schema.dump` for one row. Hooks are not run: answers declare none."""
    own_way = type(schema).get_attribute is not Schema.get_attribute
    columns = [_column(schema, name, field) for name, field in schema.dump_fields.items()]

    def write(row: Any) -> Any:
        found: Callable[..., Any]
        if own_way:
            found = partial(schema.get_attribute, row)
        elif isinstance(row, dict):
            found = row.get
        elif hasattr(row, "__getitem__"):
            return schema.dump(row, many=False)
        else:
            found = partial(getattr, row)
        written = {}
        for key, attribute, plain, write_value, write_absent in columns:
            value = found(attribute, missing)
            if type(value) in plain:
                written[key] = value
                continue
            value = write_absent(row) if value is missing else write_value(value, row)
            if value is not missing:
                written[key] = value
        return written

    return write


def _column(
    schema: Schema, name: str, field: "fields.Field[Any]"
) -> tuple[str, str, tuple[type, ...], Callable[[Any, Any], Any], Writer]:
    key = name if field.data_key is None else field.data_key
    attribute = name if field.attribute is None else field.attribute

    def absent(row: Any) -> Any:
        return field.serialize(name, row, accessor=schema.get_attribute)

    return key, attribute, _plain(field), _value_writer(name, field), absent


def _plain(field: "fields.Field[Any]") -> tuple[type, ...]:
    """The types whose values the field writes as they are."""
    for kind, itself in _AS_THEY_ARE:
        own_way = _how(type(field)) is not _how(kind) or getattr(field, "as_string", False)
        if isinstance(field, kind) and not own_way:
            return itself, type(None)
    return ()


def _how(kind: Any) -> Callable[..., Any]:
    """What every kind of field defines to be written, and fields inherit."""
    return cast("Callable[..., Any]", kind._serialize)  # noqa: SLF001


def _value_writer(name: str, field: "fields.Field[Any]") -> Callable[[Any, Any], Any]:
    if type(field) is fields.Nested:
        one = writer_of(field.schema)
        if field.many or field.schema.many:
            return lambda value, _: None if value is None else [one(each) for each in value]
        return lambda value, _: None if value is None else one(value)
    if type(field) is fields.List:
        inner = _value_writer(name, field.inner)
        return lambda value, row: None if value is None else [inner(each, row) for each in value]
    written = _how(field)
    return lambda value, row: written(value, name, row)
