"""Which port belongs to whom: fixed ones for the default stack, remembered ones for the others."""

import json
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from devstack.port_holder import holder_of

SERVICES = (
    "patient_service",
    "therapist_service",
    "matching_service",
    "communication_service",
    "geocoding_service",
)
FIXED = {"gateway": 8000} | {service: 8001 + n for n, service in enumerate(SERVICES)}
INSIDE = ("postgres", "issuer", "mail_sink")
EVERYBODY = (*FIXED, *INSIDE)

DEFAULT_STACK = "default"
# Below the range from which the kernel takes ports for outgoing connections.
_FIRST_OF_DEFAULT = 8006
_FIRST_OF_OTHERS = 8100
_LAST = 8999


class PortTaken(RuntimeError):
    """Somebody else listens where the stack has to; the message names both."""


def ports_of(stacks_folder: Path, stack: str) -> dict[str, int]:
    """Program → port on 127.0.0.1. Chosen once, then remembered in the stack's folder."""
    remembered = stacks_folder / stack / "ports.json"
    if not remembered.exists():
        remembered.write_text(json.dumps(_choose(stacks_folder, stack), indent=2) + "\n")
    ports: dict[str, int] = json.loads(remembered.read_text())
    return ports


def refuse_taken(ports: dict[str, int]) -> None:
    """Raises PortTaken listing every port of the stack on which somebody listens already."""
    taken = [
        f"Port {port}, needed by {program}, is taken by {holder_of(port) or 'an unknown process'}."
        for program, port in ports.items()
        if not is_free(port)
    ]
    if taken:
        raise PortTaken("\n".join(taken))


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _choose(stacks_folder: Path, stack: str) -> dict[str, int]:
    promised = set(FIXED.values()) | set(_remembered_by_others(stacks_folder))
    if stack == DEFAULT_STACK:
        return FIXED | dict(zip(INSIDE, _free(_FIRST_OF_DEFAULT, promised), strict=False))
    return dict(zip(EVERYBODY, _free(_FIRST_OF_OTHERS, promised), strict=False))


def _remembered_by_others(stacks_folder: Path) -> Iterable[int]:
    for file in stacks_folder.glob("*/ports.json"):
        yield from json.loads(file.read_text()).values()


def _free(first: int, promised: set[int]) -> Iterator[int]:
    yield from (port for port in range(first, _LAST) if port not in promised and is_free(port))
    raise PortTaken(f"No free port is left between {first} and {_LAST}.")
