"""How an answer is written: as its schema's `dump` would write it, but long lists in a fraction
of the time.

Marshmallow asks for each value of each row through five functions. Where a value is found and how
it is called is the same for all rows, and is gathered here once per schema; how it looks stays the
matter of its field. What is not found at its place is left to marshmallow.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from marshmallow import Schema, fields, missing

Writer = Callable[[Any], Any]


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
        for key, attribute, write_value, write_absent in columns:
            value = found(attribute, missing)
            value = write_absent(row) if value is missing else write_value(value, row)
            if value is not missing:
                written[key] = value
        return written

    return write


def _column(
    schema: Schema, name: str, field: "fields.Field[Any]"
) -> tuple[str, str, Callable[[Any, Any], Any], Writer]:
    key = name if field.data_key is None else field.data_key
    attribute = name if field.attribute is None else field.attribute

    def absent(row: Any) -> Any:
        return field.serialize(name, row, accessor=schema.get_attribute)

    return key, attribute, _value_writer(name, field), absent


def _value_writer(name: str, field: "fields.Field[Any]") -> Callable[[Any, Any], Any]:
    if type(field) is fields.Nested:
        one = writer_of(field.schema)
        if field.many or field.schema.many:
            return lambda value, _: None if value is None else [one(each) for each in value]
        return lambda value, _: None if value is None else one(value)
    if type(field) is fields.List:
        inner = _value_writer(name, field.inner)
        return lambda value, row: None if value is None else [inner(each, row) for each in value]
    written = field._serialize  # noqa: SLF001  what every field defines for this
    return lambda value, row: written(value, name, row)
