"""python -m devstack.documents [--check]: the documents that follow from the code.

.env.example and docs/configuration.md from every service's config, docs/openapi from its routes.
"""

import argparse
import importlib
import json
import sys
from pathlib import Path

from devstack.configuration import configuration_page, environment_example
from devstack.ports import SERVICES
from devstack.stack import CHECKOUT
from shared.http.contract import openapi_document


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m devstack.documents", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    if parser.parse_args().check:
        stale = stale_documents(CHECKOUT)
        sys.exit(f"Stale, run python -m devstack.documents: {', '.join(stale)}" if stale else 0)
    for name, text in documents().items():
        file = CHECKOUT / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def stale_documents(root: Path) -> list[str]:
    """Documents that say something else than the code, are missing, or belong to nothing."""
    wanted = documents()
    written = {str(path.relative_to(root)) for path in (root / _CONTRACTS).glob("*")}
    wrong = [name for name, text in wanted.items() if _read(root / name) != text]
    return sorted({*wrong, *(written - set(wanted))})


def documents() -> dict[str, str]:
    """Path below the root → text."""
    return {
        ".env.example": environment_example(),
        "docs/configuration.md": configuration_page(),
        **{f"{_CONTRACTS}/{service}.json": _contract(service) for service in SERVICES},
    }


_CONTRACTS = "docs/openapi"


def _contract(service: str) -> str:
    routes = importlib.import_module(f"{service}.api.routes").ROUTES
    return json.dumps(openapi_document(service, routes), indent=2, ensure_ascii=False) + "\n"


def _read(file: Path) -> str | None:
    return file.read_text() if file.exists() else None


if __name__ == "__main__":
    main()
