"""What the events of a stack travel by: PostgreSQL, a Kafka of its own, or one somewhere else."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from shared.config import KAFKA, POSTGRES

_NOTE = "carrier.json"


@dataclass(frozen=True)
class Carrier:
    """`elsewhere`: bootstrap servers that the stack uses and does not run."""

    transport: str = POSTGRES
    elsewhere: str = ""

    @property
    def needs_a_broker(self) -> bool:
        return self.transport == KAFKA and not self.elsewhere

    def __str__(self) -> str:
        where = f" KAFKA_BOOTSTRAP_SERVERS={self.elsewhere}" if self.elsewhere else ""
        return f"EVENT_TRANSPORT={self.transport}{where}"


def carrier_named(transport: str, environ: Mapping[str, str]) -> Carrier:
    """A Kafka that the shell names is used; the stack starts none of its own then."""
    if transport not in (POSTGRES, KAFKA):
        raise ValueError(f"EVENT_TRANSPORT is {POSTGRES} or {KAFKA}, not {transport!r}.")
    elsewhere = environ.get("KAFKA_BOOTSTRAP_SERVERS", "") if transport == KAFKA else ""
    return Carrier(transport, elsewhere)


def carrier_of(folder: Path) -> Carrier:
    """The one that the stack in this folder was started with last."""
    note = folder / _NOTE
    return Carrier(**json.loads(note.read_text())) if note.exists() else Carrier()


def remember(folder: Path, carrier: Carrier) -> None:
    (folder / _NOTE).write_text(json.dumps(asdict(carrier)))
