"""Events to send, and readers that have patience, for tests of transports."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from shared.events.envelope import Event
from shared.events.transport import Transport

LONGEST_WAIT_SECONDS = 20.0
MANY = 1000


def event(topic: str, key: object, number: int = 1) -> Event:
    return Event(
        id=uuid4(),
        type="patient.updated",
        topic=topic,
        key=str(key),
        source="/patient_service",
        time=datetime(2026, 11, 23, 8, 15, tzinfo=UTC),
        data={"patient_id": 1, "version": number},
    )


def events(topic: str, count: int, keys: int = 3, prefix: str = "") -> list[Event]:
    """The keys in turn, numbered per key."""
    return [event(topic, f"{prefix}{n % keys}", n // keys) for n in range(count)]


def next_batch(member: Transport, at_most: int = MANY) -> list[Event]:
    """Polls until something comes; the caller acknowledges."""
    found: list[Event] = []

    def comes() -> bool:
        found[:] = member.poll(at_most, 0.5)
        return bool(found)

    wait_until(comes)
    return found


def read(member: Transport, count: int, at_most: int = MANY) -> list[Event]:
    """Polls and acknowledges until so many different events have come; in order of arrival."""
    arrived: list[Event] = []
    while len({event.id for event in arrived}) < count:
        batch = next_batch(member, at_most)
        assert len(batch) <= at_most
        arrived += batch
        member.ack()
    return arrived


def read_together(members: Iterable[Transport], count: int) -> list[list[Event]]:
    """Lets the members read in turns until so many different events have come; by member."""
    members = list(members)
    arrived: list[list[Event]] = [[] for _ in members]

    def all_came() -> bool:
        for member, mine in zip(members, arrived, strict=True):
            mine += member.poll(MANY, 0.05)
            member.ack()
        return len({event.id for mine in arrived for event in mine}) >= count

    wait_until(all_came)
    return arrived


def first_arrivals(arrived: Iterable[Event]) -> dict[str, list[UUID]]:
    """By key, each event where it came for the first time."""
    ids: dict[str, dict[UUID, None]] = {}
    for event in arrived:
        ids.setdefault(event.key, {})[event.id] = None
    return {key: list(found) for key, found in ids.items()}


def wait_until(condition: Callable[[], bool], seconds: float = LONGEST_WAIT_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
