"""The Kafka transport: topics are Kafka's, a group is a consumer group, a key has its partition.

Appending sends one batch per partition and waits until it is durable before it sends the next.
A batch is written whole or not at all, so whatever fails, nothing overtakes what stands before it.

Reading commits by hand. Whoever asks again without an acknowledgement is set back; whoever has
lost the seat in the group is refused at the acknowledgement, and the next member reads it again.
Members are static: a process that comes back under its name within `session_seconds` goes on with
its partitions, and nobody else has to pause. Two processes of one name unseat each other.

After any trouble with events all clients are given up and opened anew: one way to recover, taken
every time.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from shared.events.envelope import Event
from shared.events.kafka_client import (
    BROKEN,
    ConsumerRecord,
    KafkaTimeoutError,
    OffsetAndMetadata,
    OffsetSpec,
    TopicPartition,
    UnknownTopicOrPartitionError,
)
from shared.events.kafka_connections import KafkaConnections
from shared.events.metrics import UNREADABLE
from shared.events.transport import TransportLost

_APPENDED_AT_ONCE = 500
_LONGEST_SILENCE_SECONDS = 5.0

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
        self._group = group
        self._topics = sorted(topics)
        self._patience = patience_seconds
        self._kafka = KafkaConnections(
            servers, group, member, self._topics, patience_seconds, session_seconds
        )
        self._polled: dict[TopicPartition, range] = {}
        self._heard_at = 0.0

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
            reader, wanted = self._kafka.reader(), set(topics)
            partitions = [p for p in reader.assignment() if p.topic in wanted]
            beginnings = reader.beginning_offsets(partitions, timeout_ms=self._patience * 1000)
            for partition, offset in beginnings.items():
                reader.seek(partition, offset)
            self._commit(beginnings)

    def lag(self) -> int:
        """Trouble here is none of the reader's: its seat and what it has polled stay."""
        with self._trouble_is_loss(self._kafka.give_up_admin):
            admin, partitions = self._kafka.admin(), self._partitions()
            read = admin.list_group_offsets({self._group: partitions})[self._group]
            first = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
            last = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
            seen = {p: max(first[p].offset, read[p].offset if p in read else 0) for p in partitions}
            return sum(max(0, last[p].offset - seen[p]) for p in partitions)

    def close(self) -> None:
        self._kafka.give_up()
        self._polled = {}

    def _append(self, events: Sequence[Event]) -> None:
        writer = self._kafka.writer()
        sent = [
            writer.send(e.topic, key=e.key.encode(), value=json.dumps(e.to_body()).encode())
            for e in events
        ]
        writer.flush(self._patience)
        for record in sent:
            record.get(timeout=0)

    def _read(self, at_most: int, wait_seconds: float) -> list[ConsumerRecord]:
        found = self._kafka.reader().poll(timeout_ms=int(wait_seconds * 1000), max_records=at_most)
        for partition, records in found.items():
            self._polled[partition] = range(records[0].offset, records[-1].offset + 1)
        return [record for records in found.values() for record in records]

    def _give_back(self) -> None:
        """What was polled and not acknowledged comes again."""
        reader = self._kafka.reader()
        for partition, polled in self._polled.items():
            if partition in reader.assignment():
                reader.seek(partition, polled.start)
        self._polled = {}

    def _commit(self, offsets: dict[TopicPartition, int]) -> None:
        self._kafka.reader().commit(
            {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in offsets.items()},
            timeout_ms=self._patience * 1000,
        )

    def _take_seat(self) -> None:
        deadline = time.monotonic() + self._patience
        while not self._kafka.reader().assignment():
            if time.monotonic() > deadline:
                raise KafkaTimeoutError("no partitions")
            self._read(1, 0.1)

    def _make_sure_of_topics(self) -> None:
        """A reader alone cannot tell silence from a lost broker or a topic that is not there."""
        if time.monotonic() - self._heard_at > _LONGEST_SILENCE_SECONDS:
            self._partitions()
            self._heard_at = time.monotonic()

    def _partitions(self) -> list[TopicPartition]:
        """Raises KafkaError, also for a topic that is not there."""
        partitions = []
        for topic in self._kafka.admin().describe_topics(self._topics):
            if not topic["partitions"]:
                raise UnknownTopicOrPartitionError(topic["name"])
            partitions += [
                TopicPartition(topic["name"], p["partition_index"]) for p in topic["partitions"]
            ]
        return partitions

    @contextmanager
    def _trouble_is_loss(self, give_up: Callable[[], None] | None = None) -> Iterator[None]:
        try:
            yield
        except BROKEN as error:
            (give_up or self.close)()
            raise TransportLost(type(error).__name__) from error


def _readable(record: ConsumerRecord) -> list[Event]:
    """Nothing for a message that is no event: it stays in the topic, to be found by its offset."""
    try:
        return [_event(record)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        UNREADABLE.labels(record.topic).inc()
        log.error(
            "message_unreadable",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            exc_info=error,
        )
        return []


def _event(record: ConsumerRecord) -> Event:
    body = json.loads(record.value)
    event = Event.from_body(record.topic, body)
    words = (event.type, event.key, event.source)
    if not all(isinstance(word, str) for word in words) or not isinstance(event.data, dict):
        raise TypeError
    _refuse_what_postgres_cannot_hold(body)
    return event


def _refuse_what_postgres_cannot_hold(body: object) -> None:
    """An event that can neither be handled nor be parked would come again for ever."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    text.encode()  # raises for half a surrogate
    if "\\u0000" in text:
        raise ValueError
