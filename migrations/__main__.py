"""python -m migrations bootstrap | upgrade | downgrade | current"""

import argparse
import os
import sys
from collections.abc import Callable

from migrations import upgrade as moves
from migrations.bootstrap import bootstrap
from migrations.histories import HISTORIES, SERVICES, History, find_history


def main() -> None:
    wanted = _parser().parse_args()
    admin_url = _required(["ADMIN_DATABASE_URL"])[0]
    action: Callable[[str, argparse.Namespace], None] = wanted.action
    action(admin_url, wanted)


def _bootstrap(admin_url: str, _wanted: argparse.Namespace) -> None:
    names = [f"{service.schema.upper()}_APP_PASSWORD" for service in SERVICES]
    passwords = _required(names)
    bootstrap(admin_url, dict(zip((s.schema for s in SERVICES), passwords, strict=True)))


def _upgrade(admin_url: str, wanted: argparse.Namespace) -> None:
    for history in _histories(wanted.history):
        moves.upgrade(admin_url, history, wanted.revision)
        _report(admin_url, history)


def _downgrade(admin_url: str, wanted: argparse.Namespace) -> None:
    history = find_history(wanted.history)
    moves.downgrade(admin_url, history, wanted.revision)
    _report(admin_url, history)


def _current(admin_url: str, _wanted: argparse.Namespace) -> None:
    for history in HISTORIES:
        _report(admin_url, history)


def _report(admin_url: str, history: History) -> None:
    print(f"{history.schema}: {moves.current(admin_url, history) or '(nothing)'}")


def _histories(name: str) -> tuple[History, ...]:
    return HISTORIES if name == "all" else (find_history(name),)


def _required(names: list[str]) -> list[str]:
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        sys.exit(f"Missing in the environment: {', '.join(missing)}")
    return [os.environ[name] for name in names]


def _parser() -> argparse.ArgumentParser:
    known = [history.schema for history in HISTORIES]
    parser = argparse.ArgumentParser(prog="python -m migrations")
    commands = parser.add_subparsers(required=True)

    commands.add_parser("bootstrap", help="make roles, schemas, extensions").set_defaults(
        action=_bootstrap
    )
    up = commands.add_parser("upgrade", help="move one history, or all, up")
    up.add_argument("history", nargs="?", default="all", choices=["all", *known])
    up.add_argument("revision", nargs="?", default="head")
    up.set_defaults(action=_upgrade)

    down = commands.add_parser("downgrade", help="move one history down to a revision or base")
    down.add_argument("history", choices=known)
    down.add_argument("revision")
    down.set_defaults(action=_downgrade)

    commands.add_parser("current", help="where every history stands").set_defaults(action=_current)
    return parser


if __name__ == "__main__":
    main()
