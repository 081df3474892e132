"""From the five OpenAPI documents to one collection (Postman v2.1) on one origin.

The same contracts give the same text. openapi-to-postmanv2 would give new ids every time, bodies
that no service takes, and no way from one request to the next.
"""

import importlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid5

from devstack.ports import SERVICES
from devstack.postman.examples import KNOWN, body_of, query_of, written
from devstack.postman.tour import CLEARING_UP, ONLY_ON_THE_TOUR, TOUR, Step
from shared.http.contract import openapi_document

COLLECTION = "docs/postman/psychotherapie-vermittlung.json"

Json = dict[str, Any]

_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_IDS = UUID("0f1e0a52-54c1-4a5e-8a8f-6c1c4c0a4c11")  # a name space of their own, any value
_ABOUT = """Alle Schnittstellen der fünf Dienste hinter einem Gateway.

`baseUrl` ist das Gateway, `token` ein Token mit der Rolle admin (`make -s token ROLE=admin`).
Der Rundgang legt Menschen an, führt eine Patientin zur Therapie und merkt sich die Ids; danach
antwortet jeder lesende Aufruf. Was schreibt, steht mit Beispielen unter „… schreiben“."""


def postman_collection() -> str:
    reading, writing = zip(*map(_folders_of, SERVICES), strict=True)
    collection = {
        "info": {
            "_postman_id": _id("collection"),
            "name": "Psychotherapie-Vermittlung",
            "description": _ABOUT,
            "schema": _SCHEMA,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]},
        "variable": [
            {"key": name, "value": value}
            for name, value in {"baseUrl": "http://127.0.0.1:8000", "token": "", **KNOWN}.items()
        ],
        "item": [
            _folder("Rundgang", map(_step, TOUR)),
            *reading,
            _folder("Aufräumen", map(_step, CLEARING_UP)),
            *writing,
        ],
    }
    return json.dumps(collection, indent=1, ensure_ascii=False) + "\n"


def folders_of_the_run() -> list[str]:
    """What newman goes through; whatever writes beyond the tour is for people to try."""
    return ["Rundgang", *(f"{_short(service)} lesen" for service in SERVICES), "Aufräumen"]


def operations_of(contract: Json) -> Iterator[tuple[str, str, Json]]:
    """Method, path, operation; paths without a version are the same once more."""
    for path, operations in contract["paths"].items():
        if path.startswith(("/api/v1/", "/api/v2/")):
            yield from ((method.upper(), path, one) for method, one in operations.items())


def _folders_of(service: str) -> tuple[Json, Json]:
    routes = importlib.import_module(f"{service}.api.routes").ROUTES
    contract = openapi_document(service, routes)
    operations = list(operations_of(contract))
    items = dict(_items_of_lists(path for _, path, _ in operations))
    reads = (
        _read(_short(service), path, one, items.get(path))
        for method, path, one in operations
        if _is_read(method, path, one)
    )
    writes = (_write(_short(service), contract, *one) for one in operations if one[0] != "GET")
    return (
        _folder(f"{_short(service)} lesen", reads),
        _folder(f"{_short(service)} schreiben", writes),
    )


def _is_read(method: str, path: str, operation: Json) -> bool:
    """A stream never ends, a page is for people, and the tour has read the letter in its time."""
    is_json = _success(operation)[1] == "application/json"
    return method == "GET" and is_json and path not in ONLY_ON_THE_TOUR


def _items_of_lists(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The path of a list, and the name of the id in the path of its items."""
    for path in paths:
        item = re.fullmatch(r"(.+)/\{(\w+)\}", path)
        if item:
            yield item[1], item[2]


def _read(short: str, path: str, operation: Json, item_id: str | None) -> Json:
    """Of a list the first item is remembered, where the tour has met none."""
    name = f"GET {path} ({short})"
    item = _item(name, f"GET {_filled(path)}", query=query_of(path, short))
    skipped = [
        f"if (!pm.collectionVariables.get('{one}')) pm.execution.skipRequest();"
        for one in re.findall(r"\{(\w+)\}", path)
        if one not in KNOWN
    ]
    before = [_event(name, "prerequest", skipped)] if skipped else []
    test = _event(name, "test", [*_expects(*_success(operation)), *_remembers(item_id)])
    return {**item, "description": operation["summary"], "event": [*before, test]}


def _write(short: str, contract: Json, method: str, path: str, operation: Json) -> Json:
    parameters = operation["parameters"]
    asked = {one["name"] for one in parameters if one.get("in") == "header"}
    examples = {"If-Match": "{{etag}}", "Idempotency-Key": "{{$guid}}"}
    headers = {name: value for name, value in examples.items() if name in asked}
    item = _item(
        f"{method} {path} ({short})",
        f"{method} {_filled(path)}",
        query=query_of(path, short),
        headers=headers,
        body=body_of(contract, operation),
    )
    return {**item, "description": operation["summary"]}


def _remembers(item_id: str | None) -> list[str]:
    if item_id is None:
        return []
    return [
        "const list = pm.response.json();",
        "const first = (Array.isArray(list) ? list : list.data || [])[0];",
        f"if (first && !pm.collectionVariables.get('{item_id}'))",
        f"    pm.collectionVariables.set('{item_id}', first.id);",
    ]


def _step(step: Step) -> Json:
    item = _item(step.name, step.send, query=step.query, headers=step.headers, body=step.body)
    then = [
        *_expects(step.status, step.content),
        *(
            f"pm.test({_quoted(claim)}, () => pm.expect({is_so}).to.equal(true));"
            for claim, is_so in step.checks.items()
        ),
        *(f"pm.collectionVariables.set('{name}', {value});" for name, value in step.saves.items()),
    ]
    script = then if step.until is None else _repeated_until(step.until, then)
    answer = ["const json = pm.response.json();"] if step.content else []
    return {**item, "event": [_event(step.name, "test", [*answer, *script])]}


def _repeated_until(condition: str, then: list[str]) -> list[str]:
    """News travel between the services within moments; a minute is enough for a busy machine."""
    return [
        "const tries = Number(pm.collectionVariables.get('tries') || 0);",
        f"if (tries < 120 && !(pm.response.code === 200 && {condition})) {{",
        "    pm.collectionVariables.set('tries', tries + 1);",
        "    setTimeout(() => {}, 500);",
        "    pm.execution.setNextRequest(pm.info.requestName);",
        "} else {",
        "    pm.collectionVariables.unset('tries');",
        *(f"    {line}" for line in then),
        "}",
    ]


def _expects(status: int, content: str | None) -> list[str]:
    claim = f"{status} {HTTPStatus(status).phrase}"
    yields = f"() => pm.response.to.have.status({status})"
    has_type = "pm.expect(pm.response.headers.get('Content-Type')).to.include"
    return [
        f"pm.test('{claim}', {yields});",
        *([f"pm.test('{content}', () => {has_type}('{content}'));"] if content else []),
    ]


def _success(operation: Json) -> tuple[int, str | None]:
    """Status and content type."""
    status = next(one for one in operation["responses"] if one.startswith("2"))
    content = list(operation["responses"][status].get("content", {}))
    return int(status), content[0] if content else None


def _item(
    name: str,
    send: str,
    *,
    query: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    body: Any = None,
) -> Json:
    method, path = send.split()
    parameters = [{"key": key, "value": value} for key, value in query.items()]
    raw = "&".join(f"{one['key']}={one['value']}" for one in parameters)
    url = {
        "raw": f"{{{{baseUrl}}}}{path}{'?' if raw else ''}{raw}",
        "host": ["{{baseUrl}}"],
        "path": path.strip("/").split("/"),
        **({"query": parameters} if parameters else {}),
    }
    request: Json = {"method": method, "url": url}
    request["header"] = [{"key": key, "value": value} for key, value in (headers or {}).items()]
    if body is not None:
        raw_json = {"options": {"raw": {"language": "json"}}}
        request["body"] = {"mode": "raw", "raw": written(body), **raw_json}
    return {"id": _id(name), "name": name, "request": request}


def _event(name: str, listen: str, lines: list[str]) -> Json:
    script = {"id": _id(name, listen), "type": "text/javascript", "exec": lines}
    return {"listen": listen, "script": script}


def _folder(name: str, items: Iterable[Json]) -> Json:
    return {"id": _id("folder", name), "name": name, "item": list(items)}


def _filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", r"{{\1}}", path)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _short(service: str) -> str:
    return service.removesuffix("_service")


def _id(*names: str) -> str:
    return str(uuid5(_IDS, "/".join(names)))
