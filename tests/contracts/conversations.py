"""What old clients and v1 say to each other, as written down in v1/, whose README has the words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from tests.contracts.canonical import OPEN

FOLDER = Path(__file__).parent / "v1"
SERVICES = {
    "patient": "patient_service",
    "therapist": "therapist_service",
    "matching": "matching_service",
    "geocoding": "geocoding_service",
    "communication": "communication_service",
}
_LARGE = "<1 MiB and one more>"
_LARGEST_BODY = 2**20
_COUNTED = re.compile(r"<(\d+) items>")
_WORDS = {
    "name", "given", "by", "send", "body", "content", "type", "answer", "headers", "gives",
}  # fmt: skip


@dataclass(frozen=True)
class Exchange:
    """A question and the answer that is promised."""

    name: str
    send: str
    answer: int
    gives: Any
    body: Any = None
    content: str | None = None
    type: str = "application/json"
    by: str = "staff"
    given: tuple[dict[str, Any], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def method(self) -> str:
        return self.send.split()[0]

    @property
    def path(self) -> str:
        """Without the parameters, with `{name}` where an id stands."""
        return urlsplit(self.send.split()[1]).path

    @property
    def parameters(self) -> set[str]:
        query = urlsplit(self.send.split()[1]).query
        return {name for name, _ in parse_qsl(query, keep_blank_values=True)}

    @property
    def succeeds(self) -> bool:
        return self.answer < 400

    @property
    def length(self) -> int | None:
        """Of the list that is promised."""
        if isinstance(self.gives, list):
            return len(self.gives)
        counted = _COUNTED.fullmatch(self.gives) if isinstance(self.gives, str) else None
        return int(counted[1]) if counted else None


@dataclass(frozen=True)
class Conversation:
    """The exchanges of one file, in order."""

    key: str
    about: str
    exchanges: tuple[Exchange, ...]
    successor: str | None
    neighbours: tuple[str, ...]

    @property
    def service(self) -> str:
        return SERVICES[self.key.split("/")[0]]

    def key_of(self, exchange: Exchange) -> str:
        return f"{self.key}: {exchange.name}"


@cache
def conversations() -> tuple[Conversation, ...]:
    return tuple(_read(path) for path in sorted(FOLDER.glob("*/*.yaml")))


def known_faults() -> list[str]:
    lines = (FOLDER / "known_faults.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def every_answer() -> dict[str, str]:
    """The headers that are on every answer of v1."""
    return dict(_yaml(FOLDER / "every-answer.yaml"))


def content_of(exchange: Exchange) -> bytes:
    """Of a body that is not JSON, or not meant to be."""
    content = exchange.content or ""
    return b" " * (_LARGEST_BODY + 1) if content == _LARGE else content.encode()


def _read(path: Path) -> Conversation:
    told = _yaml(path)
    exchanges = tuple(_exchange(one) for one in told["exchanges"])
    return Conversation(
        key=f"{path.parent.name}/{path.stem}",
        about=told["about"],
        exchanges=exchanges,
        successor=told.get("successor"),
        neighbours=tuple(told.get("neighbours", ())),
    )


def _exchange(written: dict[str, Any]) -> Exchange:
    unknown = written.keys() - _WORDS
    if unknown:
        raise ValueError(f"{written.get('name')}: {', '.join(sorted(unknown))} means nothing here")
    headers = tuple(written.get("headers", {}).items())
    given = tuple(written.get("given", ()))
    gives = _whole(written["gives"])
    return Exchange(**{**written, "headers": headers, "given": given, "gives": gives})


def _whole(value: Any) -> Any:
    """With every `like` replaced by all fields of that record."""
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if not isinstance(value, dict):
        return value
    own = {key: one if key == OPEN else _whole(one) for key, one in value.items()}
    record = own.pop("like", None)
    return own if record is None else {**_yaml(FOLDER / "records.yaml")[record], **own}


@cache
def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def names() -> Iterator[str]:
    for conversation in conversations():
        yield from (conversation.key_of(exchange) for exchange in conversation.exchanges)
