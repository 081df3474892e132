"""The kinds of server that events can travel by, each as its tests need it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol
from uuid import uuid4

from shared.contracts.event_types import MATCHING_EVENTS, PATIENT_EVENTS
from shared.events.kafka_client import (
    KafkaAdminClient,
    KafkaError,
    MemberToRemove,
    UnknownTopicOrPartitionError,
    open_client,
)
from shared.events.kafka_transport import KafkaTransport
from shared.events.postgres_transport import PostgresTransport
from shared.events.transport import Transport
from tests.contracts.streams import wait_until

PARTITIONS = 3


class Carrier(Protocol):
    """A running server of one kind.

    `topic` and `other_topic` are this test's alone. A `seat` is taken by one process at a time;
    who comes back to it is the process of before, started again.
    """

    topic: str
    other_topic: str

    def producer(self) -> Transport: ...
    def member(
        self, *topics: str, service: str = ..., group: str = "", seat: str = "one"
    ) -> Transport: ...
    def close(self) -> None: ...


class PostgresCarrier:
    topic, other_topic = PATIENT_EVENTS, MATCHING_EVENTS

    def __init__(self, database: Any) -> None:
        self._database = database
        self._opened: list[Transport] = []

    def producer(self) -> Transport:
        return self._open("patient_service", ())

    def member(
        self, *topics: str, service: str = "matching_service", group: str = "", seat: str = "one"
    ) -> Transport:
        return self._open(service, topics, group)

    def close(self) -> None:
        for transport in self._opened:
            transport.close()

    def _open(self, service: str, topics: tuple[str, ...], group: str = "") -> Transport:
        self._opened.append(PostgresTransport(self._database.url(service), topics, group))
        return self._opened[-1]


class KafkaCarrier:
    """Topics and groups of a name that no other test has."""

    def __init__(self, servers: str) -> None:
        self._servers = servers.split(",")
        self._run = uuid4().hex[:8]
        self._opened: list[Transport] = []
        self.topic, self.other_topic = f"patients-{self._run}", f"matches-{self._run}"
        self.admin: Any = open_client(
            KafkaAdminClient, self._servers, f"test-{self._run}", patience_seconds=10.0
        )
        self.create_topics(self.topic, self.other_topic)
        # A broker's very first group has to wait until the topic of offsets is there.
        wait_until(lambda: _is_done(self.group))

    def producer(self) -> KafkaTransport:
        return self._open("patient_service", (), "one")

    def member(
        self,
        *topics: str,
        service: str = "matching_service",
        group: str = "",
        seat: str = "one",
        session_seconds: float = 6.0,
    ) -> KafkaTransport:
        return self._open(f"{service}.{group}" if group else service, topics, seat, session_seconds)

    def create_topics(self, *topics: str) -> None:
        """Waits until they can be used: Kafka answers before."""
        wanted = {"num_partitions": PARTITIONS, "replication_factor": 1}
        self.admin.create_topics(dict.fromkeys(topics, wanted))
        wait_until(
            lambda: all(
                len(topic["partitions"]) == PARTITIONS
                for topic in self.admin.describe_topics(list(topics))
            )
        )

    def group(self, service: str = "matching_service") -> dict[str, Any]:
        """As Kafka describes it: `group_state`, `members` …"""
        (described,) = self.admin.describe_groups([self._name_of(service)]).values()
        return dict(described)

    def evict(self, seat: str, service: str = "matching_service") -> None:
        """As if nothing had been heard of it for the length of a session."""
        member = MemberToRemove(group_instance_id=seat)
        self.admin.remove_group_members(self._name_of(service), [member])

    def close(self) -> None:
        for transport in self._opened:
            transport.close()
        # A client whose broker was started anew first has to find it again.
        wait_until(lambda: _is_done(self._delete_topics))
        self.admin.close()

    def _delete_topics(self) -> None:
        with suppress(UnknownTopicOrPartitionError):
            self.admin.delete_topics([self.topic, self.other_topic])

    def _open(
        self, group: str, topics: tuple[str, ...], seat: str, session_seconds: float = 6.0
    ) -> KafkaTransport:
        transport = KafkaTransport(
            self._servers,
            group=self._name_of(group),
            member=seat,
            topics=topics,
            session_seconds=session_seconds,
        )
        self._opened.append(transport)
        return transport

    def _name_of(self, group: str) -> str:
        return f"{group}-{self._run}"


def _is_done(call: Callable[[], object]) -> bool:
    try:
        call()
    except KafkaError:
        return False
    return True
