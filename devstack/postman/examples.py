"""Values that make the requests of the collection meaningful: known ids, parameters, bodies."""

import json
import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

KNOWN = {"name": "bundle_matching", "plz": "17489"}
"""Path variables that need no search; ids are remembered on the tour."""

_QUERIES: dict[str, Json] = {
    "/api/v1/geocode": {"address": "17489 Greifswald"},
    "/api/v1/reverse-geocode": {"lat": "54.0865", "lon": "13.3923"},
    "/api/v1/calculate-distance": {"origin": "17489 Greifswald", "destination": "18055 Rostock"},
    "/api/v1/calculate-plz-distance": {"origin_plz": "17489", "destination_plz": "18055"},
    "/api/v2/staff/eligible-therapists": {"search_id": "{{search_id}}"},
}
_PARKED_EVENTS = "/api/v2/staff/parked-events"
_WORDS: Json = {
    "vorname": "Kim",
    "nachname": "Muster",
    "plz": "17489",
    "diagnose": "F32.1",
    "email": "praxis@example.org",
    "telefon": "+49 3834 1234567",
}
_BY_FORMAT: Json = {
    "date": "2026-12-01",
    "date-time": "2026-12-01T09:00:00Z",
    "uuid": "{{plan}}",
    "email": "praxis@example.org",
}
_BY_TYPE: Json = {"string": "Text", "integer": 1, "number": 1.0, "boolean": True, "object": {}}


def query_of(path: str, short: str) -> Json:
    """At the gateway the parked events of a service are asked for by its name."""
    if path.startswith(_PARKED_EVENTS):
        return {"service": f"{short}-service"}
    return _QUERIES.get(path, {})


def body_of(contract: Json, operation: Json) -> Any:
    """The fields that must be there; where none must, the first one that may."""
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return _example(contract, "", schema)


def written(body: Any) -> str:
    """As JSON; a remembered id or piece of JSON stands without quotation marks."""
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return re.sub(r'"(\{\{\w+_(?:id|json)\}\})"', r"\1", text)


def _example(contract: Json, name: str, schema: Mapping[str, Any]) -> Any:
    schema = _resolved(contract, schema)
    if name in _WORDS:
        return _WORDS[name]
    if schema.get("format") == "uuid":
        return _BY_FORMAT["uuid"]
    if name.endswith("_id"):
        return f"{{{{{name}}}}}"
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        return [_example(contract, name.removesuffix("s"), schema.get("items", {}))]
    if kind == "object" and "properties" in schema:
        return _fields(contract, schema)
    return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE[kind])


def _fields(contract: Json, schema: Mapping[str, Any]) -> Json:
    fields = schema["properties"]
    wanted = schema.get("required") or list(fields)[:1]
    return {name: _example(contract, name, fields[name]) for name in sorted(wanted)}


def _resolved(contract: Json, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        kind = schema["$ref"].rsplit("/", 1)[1]
        return _resolved(contract, contract["components"]["schemas"][kind])
    for choice in ("anyOf", "allOf", "oneOf"):
        if choice in schema:
            common = {name: one for name, one in schema.items() if name != choice}
            return {**common, **_resolved(contract, schema[choice][0])}
    return schema
