"""One local stack: a name, a folder below `.stack/`, its ports and its secrets."""

import re
from dataclasses import dataclass
from pathlib import Path

from devstack.carrier import Carrier, carrier_of
from devstack.credentials import Credentials, credentials_of
from devstack.ports import OF_THE_BROKER, ports_of

CHECKOUT = Path(__file__).parent.parent
STACKS = CHECKOUT / ".stack"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")


@dataclass(frozen=True)
class Stack:
    name: str
    folder: Path
    ports: dict[str, int]
    credentials: Credentials
    carrier: Carrier

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def mails(self) -> Path:
        """Where the mail sink keeps every message, one .eml each."""
        return self.folder / "mails"

    @property
    def scraper_folder(self) -> Path:
        """Where the therapist service looks for the scraper's files."""
        return self.folder / "scraper"

    @property
    def issuer_key_file(self) -> Path:
        return self.folder / "issuer" / "signing_key.json"

    @property
    def kafka_servers(self) -> str:
        return self.carrier.elsewhere or f"127.0.0.1:{self.ports['kafka']}"

    @property
    def used_ports(self) -> dict[str, int]:
        unused = () if self.carrier.needs_a_broker else OF_THE_BROKER
        return {program: port for program, port in self.ports.items() if program not in unused}

    @property
    def gateway_url(self) -> str:
        return self.url("gateway")

    def url(self, program: str) -> str:
        return f"http://127.0.0.1:{self.ports[program]}"


def open_stack(name: str, stacks_folder: Path = STACKS) -> Stack:
    """The stack of this name; its folder, ports and secrets are made when they are missing."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a stack: use lower-case letters, digits and -.")
    folder = stacks_folder / name
    for room in ("logs", "mails", "scraper", "issuer"):
        (folder / room).mkdir(parents=True, exist_ok=True)
    ports = ports_of(stacks_folder, name)
    return Stack(name, folder, ports, credentials_of(folder), carrier_of(folder))
