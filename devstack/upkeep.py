"""What operators do on a running stack: let parked events be tried again, build copies anew."""

import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import requests
from rich.console import Console
from rich.table import Table

from devstack.environment import common_environment, environment_of
from devstack.issuer.settings import COMMAND_LINE
from devstack.issuer.tokens import Mint, signing_key
from devstack.issuer.users import user_with_role
from devstack.ports import SERVICES
from devstack.stack import CHECKOUT, Stack

_PARKED = "/api/v2/staff/parked-events"
_SHOWN = 50


class UpkeepFailed(RuntimeError):
    """The message names the service and what came of it."""


def services_named(service: str | None) -> Sequence[str]:
    """All of them without a name; `patient` is as good as `patient_service`."""
    if not service:
        return SERVICES
    name = f"{service.replace('-', '_').removesuffix('_service')}_service"
    if name not in SERVICES:
        raise ValueError(f"There is no service {service!r}; there are: {', '.join(SERVICES)}.")
    return (name,)


def replay(stack: Stack, services: Sequence[str], console: Console) -> None:
    """Shows what is parked and lets every parked event be tried at once, in order per key."""
    mint = Mint(stack.url("issuer"), signing_key(stack.issuer_key_file))
    token = mint.user_token(user_with_role("admin"), COMMAND_LINE, int(time.time()))
    for service in services:
        parked = _call("GET", stack, service, f"{_PARKED}?limit={_SHOWN}", token)
        due = _call("POST", stack, service, f"{_PARKED}/retry", token, json={})["due"]
        if due:
            console.print(_table(service, parked["data"]))
        keys = f"{parked['total']} keys parked"
        console.print(f"{service}: {keys}, {due} events are tried again now.")


def rebuild(stack: Stack, services: Sequence[str]) -> None:
    """Beside the running workers."""
    for service in services:
        print(f"{service}:", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"{service}.worker", "--rebuild"],
            cwd=CHECKOUT,
            env=common_environment() | environment_of(stack, service),
            check=False,
        )
        if done.returncode:
            raise UpkeepFailed(f"The copies of {service} were not rebuilt.")


def _call(
    method: str, stack: Stack, service: str, path: str, token: str, **content: Any
) -> dict[str, Any]:
    with requests.Session() as session:
        session.trust_env = False  # a proxy knows nothing about this machine
        try:
            answer = session.request(
                method,
                f"{stack.gateway_url}{path}",
                params={"service": service.replace("_", "-")},
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
                **content,
            )
            answer.raise_for_status()
        except requests.RequestException as error:
            why = error if error.response is not None else type(error).__name__
            raise UpkeepFailed(
                f"{service} cannot be asked ({why}). What runs: make status STACK={stack.name}"
            ) from error
    found: dict[str, Any] = answer.json()
    return found


def _table(service: str, heads: Sequence[dict[str, Any]]) -> Table:
    table = Table("id", "key", "failed event", "error", "attempts", "waiting", title=service)
    for head in heads:
        names = ("id", "key", "type", "error", "attempts", "waiting_behind")
        table.add_row(*(str(head[name]) for name in names))
    return table
