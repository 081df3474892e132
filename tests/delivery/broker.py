"""A Kafka of one run alone: it may be killed, and nobody else's events are in its topics."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kafka.admin import NewTopic

from devstack.kafka import KafkaServer
from shared.events.kafka_client import KafkaAdminClient, open_client
from tests.delivery.parties import TOPIC
from tests.failpoints.harness import run_in_child

PARTITIONS = 6


@contextmanager
def launched_broker(folder: Path) -> Iterator[KafkaServer]:
    """Not ready yet; gone at the end."""
    broker = KafkaServer(folder, free_port(), free_port())
    broker.launch()
    try:
        yield broker
    finally:
        broker.discard()


def make_ready(broker: KafkaServer) -> None:
    """The topic is made in a child, because Kafka's clients have threads."""
    broker.wait_until_ready()
    run_in_child(lambda: _add_topic(broker))


def _add_topic(broker: KafkaServer) -> None:
    admin: Any = open_client(
        KafkaAdminClient, [broker.bootstrap_servers], "ordeal", patience_seconds=10.0
    )
    with closing(admin):
        admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
