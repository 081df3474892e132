"""The Kafka transport: topics are Kafka's, a group is a consumer group, a key has its partition.

Appending sends one batch per partition and waits until it is durable before it sends the next.
A batch is written whole or not at all, so whatever fails, nothing overtakes what stands before it.

Reading commits by hand. Whoever asks again without an acknowledgement is set back; whoever has
lost the seat in the group is refused at the acknowledgement, and the next member reads it again.
Members are static: a process that comes back under its name within `session_seconds` goes on with
its partitions, and nobody else has to pause. Two processes of one name unseat each other.

After any trouble all clients are given up and opened anew: one way to recover, taken every time.
"""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import structlog
from prometheus_client import Counter

from shared.events.envelope import Event
from shared.events.kafka_client import (
    ConsumerRecord,
    KafkaAdminClient,
    KafkaConsumer,
    KafkaError,
    KafkaProducer,
    OffsetAndMetadata,
    OffsetSpec,
    TopicPartition,
    UnknownTopicOrPartitionError,
    open_client,
)
from shared.events.transport import TransportLost

_APPENDED_AT_ONCE = 500
_LARGEST_BATCH_BYTES = 1_000_000
_FETCHED_AT_ONCE_BYTES = 4 * 1024 * 1024
_HEARTBEAT_MS = 1000
_LONGEST_SILENCE_SECONDS = 5.0

_UNREADABLE = Counter(
    "events_unreadable_total", "Übersprungene Nachrichten, die kein Ereignis sind", ["topic"]
)

log = structlog.get_logger()


class KafkaTransport:
    """`member` names this process among those of its group, across restarts."""

    def __init__(
        self,
        servers: Sequence[str],
        *,
        group: str,
        member: str,
        topics: Sequence[str] = (),
        patience_seconds: float = 5.0,
        session_seconds: float = 30.0,
    ) -> None:
        self._servers = servers
        self._group = group
        self._member = member
        self._topics = sorted(topics)
        self._patience = patience_seconds
        self._session = session_seconds
        self._writer: Any = None
        self._reader: Any = None
        self._admin: Any = None
        self._polled: dict[TopicPartition, range] = {}
        self._last_heard = 0.0

    def append(self, events: Sequence[Event]) -> None:
        with self._trouble_is_loss():
            for start in range(0, len(events), _APPENDED_AT_ONCE):
                self._append(events[start : start + _APPENDED_AT_ONCE])

    def poll(self, at_most: int, wait_seconds: float) -> list[Event]:
        with self._trouble_is_loss():
            self._give_back()
            found = self._read(at_most, wait_seconds)
            if not found:
                self._make_sure_of_topics()
            return [event for record in found for event in _readable(record)]

    def ack(self) -> None:
        if not self._polled:
            return
        with self._trouble_is_loss():
            self._commit({partition: polled.stop for partition, polled in self._polled.items()})
            self._polled = {}

    def rewind(self, topics: Iterable[str]) -> None:
        with self._trouble_is_loss():
            self._take_seat()
            self._give_back()
            reader, wanted = self._reader, set(topics)
            partitions = [p for p in reader.assignment() if p.topic in wanted]
            beginnings = reader.beginning_offsets(partitions, timeout_ms=self._patience * 1000)
            for partition, offset in beginnings.items():
                reader.seek(partition, offset)
            self._commit(beginnings)

    def lag(self) -> int:
        with self._trouble_is_loss():
            partitions = self._partitions()
            read = self._ask().list_group_offsets({self._group: partitions})[self._group]
            first = self._ask().list_partition_offsets(
                dict.fromkeys(partitions, OffsetSpec.EARLIEST)
            )
            last = self._ask().list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
            seen = {p: max(first[p].offset, read[p].offset if p in read else 0) for p in partitions}
            return sum(max(0, last[p].offset - seen[p]) for p in partitions)

    def close(self) -> None:
        for client, give_up in (
            (self._writer, self._give_up_writer),
            (self._reader, lambda reader: reader.close(autocommit=False, timeout_ms=1000)),
            (self._admin, lambda admin: admin.close()),
        ):
            if client is not None:
                with suppress(KafkaError):
                    give_up(client)
        self._writer = self._reader = self._admin = None
        self._polled = {}

    def _append(self, events: Sequence[Event]) -> None:
        writer = self._write()
        sent = [
            writer.send(e.topic, key=e.key.encode(), value=json.dumps(e.to_body()).encode())
            for e in events
        ]
        writer.flush(self._patience)
        for record in sent:
            record.get(timeout=0)

    def _read(self, at_most: int, wait_seconds: float) -> list[ConsumerRecord]:
        found = self._seat().poll(timeout_ms=int(wait_seconds * 1000), max_records=at_most)
        for partition, records in found.items():
            self._polled[partition] = range(records[0].offset, records[-1].offset + 1)
        return [record for records in found.values() for record in records]

    def _give_back(self) -> None:
        """What was polled and not acknowledged comes again."""
        assigned = self._reader.assignment() if self._polled else ()
        for partition, polled in self._polled.items():
            if partition in assigned:
                self._reader.seek(partition, polled.start)
        self._polled = {}

    def _commit(self, offsets: dict[TopicPartition, int]) -> None:
        self._reader.commit(
            {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in offsets.items()},
            timeout_ms=self._patience * 1000,
        )

    def _take_seat(self) -> None:
        deadline = time.monotonic() + self._patience
        while not self._seat().assignment():
            if time.monotonic() > deadline:
                raise TransportLost("no partitions")
            self._read(1, 0.1)

    def _make_sure_of_topics(self) -> None:
        """A reader alone cannot tell silence from a lost broker or a topic that is not there."""
        if time.monotonic() - self._last_heard > _LONGEST_SILENCE_SECONDS:
            self._partitions()
            self._last_heard = time.monotonic()

    def _partitions(self) -> list[TopicPartition]:
        """Raises KafkaError, also for a topic that is not there."""
        partitions = []
        for topic in self._ask().describe_topics(self._topics):
            if not topic["partitions"]:
                raise UnknownTopicOrPartitionError(topic["name"])
            partitions += [
                TopicPartition(topic["name"], p["partition_index"]) for p in topic["partitions"]
            ]
        return partitions

    def _write(self) -> Any:
        """Its batches wait for `flush`, and are given up long before they expire by themselves:
        what expired would be overtaken by what stands behind it."""
        if self._writer is None:
            self._writer = self._open(
                KafkaProducer,
                "writer",
                acks="all",
                enable_idempotence=True,
                linger_ms=60_000,
                delivery_timeout_ms=600_000,
                batch_size=_LARGEST_BATCH_BYTES,
                max_block_ms=int(self._patience * 1000),
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
        return self._writer

    def _seat(self) -> Any:
        if self._reader is None:
            self._reader = self._open(
                KafkaConsumer,
                "reader",
                *self._topics,
                group_id=self._group,
                group_instance_id=self._member,
                session_timeout_ms=int(self._session * 1000),
                heartbeat_interval_ms=_HEARTBEAT_MS,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_bytes=_FETCHED_AT_ONCE_BYTES,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
        return self._reader

    def _ask(self) -> Any:
        if self._admin is None:
            self._admin = self._open(KafkaAdminClient, "admin")
        return self._admin

    def _open(self, kind: Any, role: str, *topics: str, **settings: Any) -> Any:
        name = f"{self._group}.{self._member}.{role}"
        return open_client(
            kind, self._servers, name, *topics, patience_seconds=self._patience, **settings
        )

    @staticmethod
    def _give_up_writer(writer: Any) -> None:
        # `close` alone would first wait for batches that nobody takes, and then not close.
        writer._sender.force_close()  # noqa: SLF001
        writer.close(timeout=1)

    @contextmanager
    def _trouble_is_loss(self) -> Iterator[None]:
        try:
            yield
        except (KafkaError, TransportLost) as error:
            self.close()
            raise TransportLost(type(error).__name__) from error


def _readable(record: ConsumerRecord) -> list[Event]:
    """Nothing for a message that is no event: it stays in the topic, to be found by its offset."""
    try:
        return [_event(record)]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        _UNREADABLE.labels(record.topic).inc()
        log.error(
            "message_unreadable",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            exc_info=error,
        )
        return []


def _event(record: ConsumerRecord) -> Event:
    event = Event.from_body(record.topic, json.loads(record.value))
    words = (event.type, event.key, event.source)
    if not all(isinstance(word, str) for word in words) or not isinstance(event.data, dict):
        raise TypeError
    return event
