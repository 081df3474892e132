"""What carries events between services: PostgreSQL or Kafka, behind the same calls.

A transport is opened for a group of readers: the members of a group share the events among them,
two groups read without regard to each other. Delivery is at least once: an event may come again,
and whoever reads must bear that; what comes for the first time comes in append order per key.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from shared.events.envelope import Event


class Transport(Protocol):
    """One process's way in and out. Not safe for use by two threads at once.

    Every call may raise TransportLost: nothing is known then, and the caller repeats.
    """

    def append(self, events: Sequence[Event]) -> None:
        """On return the events are durable, in this order per topic and key."""

    def poll(self, at_most: int, wait_seconds: float) -> list[Event]:
        """The next events of the subscribed topics, in append order per key, perhaps not all.

        Empty at the latest after `wait_seconds` without news, sooner after a false alarm, and
        while other members of the group read everything. What was polled and not acknowledged
        comes again.
        """

    def ack(self) -> None:
        """Everything polled so far need not come again. May get lost: then it comes again."""

    def rewind(self, topics: Iterable[str]) -> None:
        """Makes all kept events of the topics come again. The group has no other member."""

    def lag(self) -> int:
        """How many events of the subscribed topics the group has not acknowledged yet."""

    def close(self) -> None: ...


class TransportLost(Exception):
    """The carrier is unreachable for now."""
