"""python -m devstack.documents [--check]: the documents that follow from the code.

.env.example and docs/configuration.md from every service's config, docs/openapi from its routes,
docs/postman from all of those, docs/asyncapi.json and docs/events from the contracts of events. A
change that breaks the promise of an event is refused.
"""

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from devstack.asyncapi import asyncapi_document
from devstack.configuration import configuration_page, environment_example
from devstack.event_schemas import FOLDER as _EVENTS
from devstack.event_schemas import broken_promises, event_schemas
from devstack.ports import SERVICES
from devstack.postman import COLLECTION, postman_collection
from devstack.stack import CHECKOUT
from shared.http.contract import openapi_document


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m devstack.documents", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    only_check = parser.parse_args().check
    if broken := broken_promises(CHECKOUT):
        sys.exit("\n".join(broken))
    if only_check:
        stale = stale_documents(CHECKOUT)
        sys.exit(f"Stale, run python -m devstack.documents: {', '.join(stale)}" if stale else 0)
    for name, text in documents().items():
        file = CHECKOUT / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def stale_documents(root: Path) -> list[str]:
    """Documents that say something else than the code, are missing, or belong to nothing."""
    wanted = documents()
    written = {
        str(path.relative_to(root))
        for folder in (_CONTRACTS, _EVENTS)
        for path in (root / folder).glob("*")
    }
    wrong = [name for name, text in wanted.items() if _read(root / name) != text]
    return sorted({*wrong, *(written - set(wanted))})


def documents() -> dict[str, str]:
    """Path below the root → text."""
    return {
        ".env.example": environment_example(),
        "docs/configuration.md": configuration_page(),
        "docs/asyncapi.json": _json(asyncapi_document()),
        **{f"{_CONTRACTS}/{service}.json": _contract(service) for service in SERVICES},
        **event_schemas(),
        COLLECTION: postman_collection(),
    }


_CONTRACTS = "docs/openapi"


def _contract(service: str) -> str:
    routes = importlib.import_module(f"{service}.api.routes").ROUTES
    return _json(openapi_document(service, routes))


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _read(file: Path) -> str | None:
    return file.read_text() if file.exists() else None


if __name__ == "__main__":
    main()
