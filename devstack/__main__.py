"""python -m devstack COMMAND; --help lists them."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from devstack.broker import BrokerFailed
from devstack.carrier import Carrier, carrier_named
from devstack.database import MigrationFailed
from devstack.issuer.settings import COMMAND_LINE
from devstack.issuer.tokens import Mint, signing_key
from devstack.issuer.users import user_with_role
from devstack.life_cycle import discard, down, up, up_with_broker_only
from devstack.ports import DEFAULT_STACK, PortTaken
from devstack.postgres import PostgresError
from devstack.readiness import NotReady
from devstack.region import KOELN_AACHEN, region_named
from devstack.stack import open_stack
from devstack.story import StoryFailed, stage_of, tell_story
from devstack.supervision import Supervision, SupervisionError
from devstack.upkeep import UpkeepFailed, rebuild, replay, services_named
from shared.config import KAFKA, POSTGRES

_EXPECTED = (
    PortTaken,
    PostgresError,
    BrokerFailed,
    MigrationFailed,
    NotReady,
    SupervisionError,
    StoryFailed,
    UpkeepFailed,
    ValueError,
)


_console = Console(highlight=False, soft_wrap=True)


def main() -> None:
    wanted = _parser().parse_args()
    command: Callable[[argparse.Namespace], None] = wanted.command
    try:
        command(wanted)
    except _EXPECTED as error:
        sys.exit(str(error))


def _demo(wanted: argparse.Namespace) -> None:
    region = region_named(wanted.region)
    stack = open_stack(wanted.stack)
    up(stack, _carrier(wanted), _console)
    tell_story(stage_of(stack), region, _console)


def _up(wanted: argparse.Namespace) -> None:
    up(open_stack(wanted.stack), _carrier(wanted), _console, durable=not wanted.not_durable)


def _kafka(wanted: argparse.Namespace) -> None:
    up_with_broker_only(open_stack(wanted.stack), carrier_named(KAFKA, os.environ), _console)


def _carrier(wanted: argparse.Namespace) -> Carrier:
    return carrier_named(wanted.event_transport, os.environ)


def _down(wanted: argparse.Namespace) -> None:
    down(open_stack(wanted.stack), _console)


def _discard(wanted: argparse.Namespace) -> None:
    discard(open_stack(wanted.stack), _console)


def _token(wanted: argparse.Namespace) -> None:
    stack = open_stack(wanted.stack)
    mint = Mint(stack.url("issuer"), signing_key(stack.issuer_key_file))
    print(mint.user_token(user_with_role(wanted.role), COMMAND_LINE, int(time.time())))


def _replay(wanted: argparse.Namespace) -> None:
    replay(open_stack(wanted.stack), services_named(wanted.service), _console)


def _rebuild(wanted: argparse.Namespace) -> None:
    rebuild(open_stack(wanted.stack), services_named(wanted.service))


def _logs(wanted: argparse.Namespace) -> None:
    """Follows on a terminal, prints the last lines elsewhere."""
    files = sorted(str(file) for file in open_stack(wanted.stack).logs.glob("*.log"))
    if not files:
        sys.exit(f"The stack {wanted.stack} has no logs yet.")
    follow = ["-F"] if sys.stdout.isatty() else []
    os.execvp("tail", ["tail", "-n", "20", *follow, *files])  # noqa: S606


def _status(wanted: argparse.Namespace) -> None:
    stack = open_stack(wanted.stack)
    supervision = Supervision(stack)
    if not supervision.is_alive():
        sys.exit(f"The stack {stack.name} is not running.")
    table = Table("program", "state", "", "port")
    for name, state in supervision.states().items():
        table.add_row(name, state.state, state.remark, str(stack.ports.get(name, "")))
    _console.print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devstack")
    commands = parser.add_subparsers(required=True)
    for name, (command, what, options) in _COMMANDS.items():
        subcommand = commands.add_parser(name, help=what)
        subcommand.set_defaults(command=command)
        subcommand.add_argument("--stack", default=DEFAULT_STACK)
        for option, meaning in options.items():
            subcommand.add_argument(option, **meaning)
    return parser


_SERVICE = {"help": "only this one, else all"}
_NOT_DURABLE = {"action": "store_true", "help": "faster; a crash of the machine loses the data"}
_EVENT_TRANSPORT = {"default": POSTGRES, "help": f"{POSTGRES} or {KAFKA}"}
_COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], None], str, dict[str, Any]]] = {
    "demo": (
        _demo,
        "start the stack and tell the story on it",
        {"--region": {"default": KOELN_AACHEN.name}, "--event-transport": _EVENT_TRANSPORT},
    ),
    "up": (
        _up,
        "start the stack",
        {"--not-durable": _NOT_DURABLE, "--event-transport": _EVENT_TRANSPORT},
    ),
    "kafka": (_kafka, "start the stack's Kafka alone", {}),
    "down": (_down, "end the stack, keep its data", {}),
    "discard": (_discard, "end the stack and remove its data", {}),
    "status": (_status, "show every program", {}),
    "logs": (_logs, "show and follow the logs", {}),
    "replay": (_replay, "try every parked event again", {"--service": _SERVICE}),
    "rebuild": (_rebuild, "build copies of other services anew", {"--service": _SERVICE}),
    "token": (_token, "print a bearer token", {"--role": {"default": "staff"}}),
}


if __name__ == "__main__":
    main()
