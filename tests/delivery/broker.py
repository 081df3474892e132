"""A Kafka of one run alone: it may be killed, and nobody else's events are in its topics."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack.kafka import KafkaServer
from shared.events.kafka_topics import configure_topics
from tests.failpoints.harness import run_in_child
from tests.kafka_broker import reserved_port


@contextmanager
def launched_broker(folder: Path) -> Iterator[KafkaServer]:
    """Not ready yet; gone at the end."""
    broker = KafkaServer(folder, reserved_port(), reserved_port())
    broker.launch()
    try:
        yield broker
    finally:
        broker.discard()


def make_ready(broker: KafkaServer) -> None:
    """Topics are made in a child, because Kafka's clients have threads."""
    broker.wait_until_ready()
    run_in_child(lambda: configure_topics(broker.bootstrap_servers))
