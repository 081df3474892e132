"""What carries events between services. Postgres today; Kafka behind the same four calls."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from shared.events.envelope import Event


class Transport(Protocol):
    """One process's way in and out. Not safe for use by two threads at once.

    Every call may raise TransportLost: nothing is known then, and the caller repeats.
    """

    def append(self, events: Sequence[Event]) -> None:
        """On return the events are durable, in this order per topic and key.

        Appending an event again adds nothing.
        """

    def poll(self, at_most: int, wait_seconds: float) -> list[Event]:
        """The next events of the subscribed topics, in append order per key.

        Empty at the latest after `wait_seconds` without news, sooner after a false alarm, and
        while another member of the group reads.
        """

    def ack(self) -> None:
        """Everything polled so far need not come again. May get lost: then it comes again."""

    def rewind(self, topics: Iterable[str]) -> None:
        """Makes all kept events of the topics come again."""

    def close(self) -> None: ...


class TransportLost(Exception):
    """The carrier is unreachable for now."""
