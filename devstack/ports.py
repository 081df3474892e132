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
WORKERS = tuple(f"{service}_worker" for service in SERVICES)
STREAM = "matching_service_stream"
OF_THE_BROKER = ("kafka", "kafka_controller")
INSIDE = ("postgres", "issuer", "mail_sink", *WORKERS, *OF_THE_BROKER, STREAM)
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
    file = stacks_folder / stack / "ports.json"
    ports = _read(file) if file.exists() else {}
    missing = [program for program in EVERYBODY if program not in ports]
    if missing:
        ports |= _choose(stacks_folder, stack, missing)
        file.write_text(json.dumps(ports, indent=2) + "\n")
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


def _choose(stacks_folder: Path, stack: str, programs: Iterable[str]) -> dict[str, int]:
    promised = set(FIXED.values()) | set(_remembered(stacks_folder))
    fixed = FIXED if stack == DEFAULT_STACK else {}
    first = _FIRST_OF_DEFAULT if stack == DEFAULT_STACK else _FIRST_OF_OTHERS
    free = _free(first, promised)
    return {program: fixed.get(program) or next(free) for program in programs}


def _remembered(stacks_folder: Path) -> Iterable[int]:
    for file in stacks_folder.glob("*/ports.json"):
        yield from _read(file).values()


def _read(file: Path) -> dict[str, int]:
    try:
        ports: dict[str, int] = json.loads(file.read_text())
    except ValueError:
        raise ValueError(f"{file} cannot be read. Remove it, and new ports are chosen.") from None
    return ports


def _free(first: int, promised: set[int]) -> Iterator[int]:
    yield from (port for port in range(first, _LAST) if port not in promised and is_free(port))
    raise PortTaken(f"No free port is left between {first} and {_LAST}.")
