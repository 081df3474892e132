"""A process's three ways to Kafka, each opened when it is needed and all given up together."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from shared.events.kafka_client import (
    BROKEN,
    KafkaAdminClient,
    KafkaConsumer,
    KafkaProducer,
    open_client,
)
from shared.events.kafka_mends import finish_every_join

_LARGEST_BATCH_BYTES = 1_000_000
_FETCHED_AT_ONCE_BYTES = 4 * 1024 * 1024
_HEARTBEAT_MS = 1000
_CLOSED_WITHIN_SECONDS = 1


class KafkaConnections:
    """Kafka sees them as `<group>.<member>.<writer, reader or admin>`.

    The calls raise KafkaError when the servers are silent for `patience_seconds`.
    """

    def __init__(
        self,
        servers: Sequence[str],
        group: str,
        member: str,
        topics: Sequence[str],
        patience_seconds: float,
        session_seconds: float,
    ) -> None:
        self._servers = servers
        self._group = group
        self._member = member
        self._topics = topics
        self._patience = patience_seconds
        self._session = session_seconds
        self._writer: Any = None
        self._reader: Any = None
        self._admin: Any = None

    def writer(self) -> Any:
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

    def reader(self) -> Any:
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
            self._learn_partitions(self._reader)
            finish_every_join(self._reader)
        return self._reader

    def admin(self) -> Any:
        if self._admin is None:
            self._admin = self._open(KafkaAdminClient, "admin")
        return self._admin

    def give_up(self) -> None:
        """Keeps the seat in the group: it is there for who comes back under the same name."""
        for client, give_up in (
            (self._writer, _give_up_writer),
            (self._reader, _give_up_reader),
        ):
            if client is not None:
                with suppress(*BROKEN):
                    give_up(client)
        self._writer = self._reader = None
        self.give_up_admin()

    def give_up_admin(self) -> None:
        if self._admin is not None:
            with suppress(*BROKEN):
                self._admin.close()
        self._admin = None

    def _learn_partitions(self, reader: Any) -> None:
        """Who joins the group before it knows them gives nobody any, and then has to join again."""
        learnt = reader._cluster.request_update()  # noqa: SLF001
        reader._net.run(reader._manager.wait_for, learnt, self._patience * 1000)  # noqa: SLF001

    def _open(self, kind: Any, role: str, *topics: str, **settings: Any) -> Any:
        name = f"{self._group}.{self._member}.{role}"
        return open_client(
            kind, self._servers, name, *topics, patience_seconds=self._patience, **settings
        )


def _give_up_writer(writer: Any) -> None:
    # `close` alone would first wait for batches that nobody takes, and then not close.
    writer._sender.force_close()  # noqa: SLF001
    writer.close(timeout=_CLOSED_WITHIN_SECONDS)


def _give_up_reader(reader: Any) -> None:
    reader.close(autocommit=False, timeout_ms=_CLOSED_WITHIN_SECONDS * 1000)
