"""Values that a schema allows, at its lower and its upper end."""

from typing import Any

from tests.contracts.contract_reader import JsonSchema, kind_of

_ADDRESS = "Markt 1, 52062 Aachen"
_ADDRESSES = {"address", "patient_address", "origin", "destination"}
_SMALLEST: dict[str, dict[str, Any]] = {
    "WhereaboutsBody": {"plz": "52062"},
    "MergeBody": {"duplicate_id": 2, "reason": "ß"},
    "FindTherapistsBody": {"patient_address": _ADDRESS, "therapists": [{"id": 1}]},
}
"""Where a rule between fields asks for more than the required ones, by the schema's name."""

# One field excludes another, or (nobody is merged with themselves) the id in the path.
_WHAT_OTHERS_SAY = ("next_contactable_date", "last_contact_date", "delisted_on")
_LEFT_OUT = {
    "TherapistChange": _WHAT_OTHERS_SAY,
    "TherapistChangePatch": _WHAT_OTHERS_SAY,
    "ResponseBody": ("correction",),
}
"""Fields that must be as they were read, or that ask for a header."""

_FIELDS_EXCLUDE_EACH_OTHER = {"WhereaboutsBody", "MergeBody"}
_BY_FORMAT = {
    "date": "1990-02-28",
    "date-time": "2026-01-01T08:00:00Z",
    "uuid": "11111111-1111-4111-8111-111111111111",
    "email": "praxis@example.org",
    "phone": "0221 4710123",
    "clock": "23:55",
    "uri": "https://praxis.example",
}
_BY_PATTERN = {
    "^[0-9]{5}$": ("01067", "52062"),
    "^[0-9]{1,5}$": ("52062", "52062"),
    r"^[A-Za-z][0-9]{2}(\.[0-9]{1,2})?$": ("f32", "F32.12"),
}


def good_value(schema: JsonSchema, *, largest: bool = False, name: str = "") -> Any:
    if schema.get("title") in _FIELDS_EXCLUDE_EACH_OTHER:
        return smallest_object(schema)
    kind = kind_of(schema)
    if kind == "object":
        return _object(schema, set(schema.get("properties", ())), largest=largest)
    if kind == "array":
        return [good_value(schema["items"], largest=largest)]
    if kind == "string":
        return _text(schema, largest, name)
    if kind == "boolean":
        return largest
    return schema["maximum" if largest else "minimum"]


def smallest_object(schema: JsonSchema) -> dict[str, Any]:
    """With its required fields only."""
    if schema.get("title") in _SMALLEST:
        return dict(_SMALLEST[schema["title"]])
    return _object(schema, set(schema.get("required", ())), largest=False)


def _object(schema: JsonSchema, names: set[str], *, largest: bool) -> dict[str, Any]:
    properties = schema.get("properties", {}).items()
    return {
        name: good_value(inner, largest=largest, name=name)
        for name, inner in properties
        if name in names and name not in _LEFT_OUT.get(str(schema.get("title")), ())
    }


def _text(schema: JsonSchema, largest: bool, name: str) -> Any:
    if "enum" in schema:
        words = [word for word in schema["enum"] if word is not None]
        return words[-1 if largest else 0]
    if name in _ADDRESSES:
        return _ADDRESS
    if "format" in schema:
        return _BY_FORMAT[schema["format"]]
    if schema.get("pattern") in _BY_PATTERN:
        return _BY_PATTERN[schema["pattern"]][largest]
    return "ß" * (schema["maxLength"] if largest else schema.get("minLength", 1))
