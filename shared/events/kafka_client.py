"""The Kafka client library: loaded without its warnings, opened without leaving anything behind."""

import logging
import warnings
from collections.abc import Callable, Sequence
from typing import Any

with warnings.catch_warnings():
    # It reads its own protocol files by a call that Python has deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
    from kafka.admin import ConfigResource, MemberToRemove, OffsetSpec
    from kafka.consumer.fetcher import ConsumerRecord
    from kafka.errors import (
        KafkaConnectionError,
        KafkaError,
        KafkaTimeoutError,
        NoError,
        TopicAlreadyExistsError,
        UnknownTopicOrPartitionError,
        for_code,
    )
    from kafka.net.compat import KafkaNetClient
    from kafka.structs import OffsetAndMetadata, TopicPartition

__all__ = [
    "BROKEN",
    "ConfigResource",
    "ConsumerRecord",
    "KafkaAdminClient",
    "KafkaConnectionError",
    "KafkaConsumer",
    "KafkaError",
    "KafkaProducer",
    "KafkaTimeoutError",
    "MemberToRemove",
    "NoError",
    "OffsetAndMetadata",
    "OffsetSpec",
    "TopicAlreadyExistsError",
    "TopicPartition",
    "UnknownTopicOrPartitionError",
    "for_code",
    "open_client",
]

# It tells every step of every connection; what matters arrives as an exception.
logging.getLogger("kafka").setLevel(logging.CRITICAL)

_LONGEST_RECONNECT_PAUSE_MS = 1000
# A client whose own thread or socket has broken says so in Python's words, now and ever after.
BROKEN = (KafkaError, RuntimeError, OSError)


def open_client(
    kind: Callable[..., Any],
    servers: Sequence[str],
    name: str,
    *topics: str,
    patience_seconds: float,
    **settings: Any,
) -> Any:
    """A producer, consumer or admin client that gives up after `patience_seconds` of silence.

    Raises KafkaError.
    """
    connections: list[Any] = []

    def connect(**config: Any) -> Any:
        connections.append(KafkaNetClient(**config))
        return connections[-1]

    try:
        return kind(
            *topics,
            bootstrap_servers=list(servers),
            client_id=name,
            kafka_client=connect,
            bootstrap_timeout_ms=int(patience_seconds * 1000),
            request_timeout_ms=int(patience_seconds * 1000),
            reconnect_backoff_max_ms=_LONGEST_RECONNECT_PAUSE_MS,
            **settings,
        )
    except KafkaError:
        # A client that finds no broker leaves its thread running.
        for connection in connections:
            connection.close()
        raise
