"""The embedded Kafka and the topics on it: what their users may rely on."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from devstack import processes
from devstack.kafka import KafkaServer, KafkaServerError, cluster_id_at
from shared.contracts.event_types import PATIENT_EVENTS, TOPICS
from shared.events.kafka_client import (
    ConfigResource,
    KafkaAdminClient,
    KafkaConsumer,
    KafkaError,
    KafkaProducer,
    OffsetAndMetadata,
    TopicPartition,
    open_client,
)
from shared.events.kafka_topics import WrongTopics, configure_topics
from shared.events.retention import INBOX_KEPT_FOR
from tests.kafka_broker import reserved_port

DAY_MS = 24 * 60 * 60 * 1000
PLACE = TopicPartition("kept", 0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """Not the test run's: it is killed here, and its topics belong to this file alone."""
    # A space, because somebody's home folder has one.
    folder = tmp_path_factory.mktemp("own broker") / "kafka"
    server = KafkaServer(folder, reserved_port(), reserved_port())
    server.start()
    yield server
    server.discard()


@pytest.fixture
def admin(server: KafkaServer) -> Iterator[Any]:
    with closing(opened(KafkaAdminClient, server)) as admin:
        yield admin


def opened(kind: Any, server: KafkaServer, *topics: str, **settings: Any) -> Any:
    servers = [server.bootstrap_servers]
    return open_client(kind, servers, "test", *topics, patience_seconds=10.0, **settings)


def test_the_broker_of_the_test_run_answers(kafka_servers: str) -> None:
    assert cluster_id_at(kafka_servers) is not None


def test_the_broker_answers_under_the_id_of_its_cluster(server: KafkaServer) -> None:
    assert cluster_id_at(server.bootstrap_servers) == server.cluster_id()


def test_another_kafka_on_the_port_is_refused_by_name(server: KafkaServer, tmp_path: Path) -> None:
    other = KafkaServer(tmp_path / "other", server.port, reserved_port())
    with pytest.raises(KafkaServerError, match=r"another Kafka: process \d+ \(java\)"):
        other.start()


def test_nobody_is_taken_for_a_broker_that_is_not_there(server: KafkaServer) -> None:
    assert cluster_id_at(f"127.0.0.1:{reserved_port()}") is None


def test_initialising_again_keeps_the_cluster(server: KafkaServer) -> None:
    before = server.cluster_id()
    server.initialise()
    assert server.cluster_id() == before


def test_topics_are_never_made_by_the_way(server: KafkaServer, admin: Any) -> None:
    with (
        closing(opened(KafkaProducer, server, max_block_ms=1000)) as producer,
        pytest.raises(KafkaError, match="Failed to update metadata"),
    ):
        producer.send("mistyped", b"lost").get(timeout=10)
    assert "mistyped" not in admin.list_topics()


def test_records_and_places_survive_a_kill(server: KafkaServer) -> None:
    with closing(opened(KafkaAdminClient, server)) as admin:
        new = {"kept": {"num_partitions": 1, "replication_factor": 1}}
        admin.create_topics(new, wait_for_metadata=True)
    write(server, [b"one", b"two"])
    commit(server, 1)
    server.kill()
    server.start()
    with closing(reader(server)) as again:
        assert [record.value for record in read_all(again)] == [b"two"]


def write(server: KafkaServer, values: list[bytes]) -> None:
    with closing(opened(KafkaProducer, server)) as producer:
        for value in values:
            producer.send("kept", value).get(timeout=10)


def reader(server: KafkaServer) -> Any:
    consumer = opened(
        KafkaConsumer,
        server,
        group_id="readers",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    consumer.assign([PLACE])
    return consumer


def commit(server: KafkaServer, offset: int) -> None:
    with closing(reader(server)) as consumer:
        consumer.commit({PLACE: OffsetAndMetadata(offset, "", -1)})


def read_all(consumer: Any) -> list[Any]:
    return [record for records in consumer.poll(timeout_ms=30_000).values() for record in records]


def test_a_stop_leaves_no_process(tmp_path: Path) -> None:
    server = KafkaServer(tmp_path / "kafka", reserved_port(), reserved_port())
    session = server.launch()
    server.wait_until_ready()
    assert processes.members_of(session)
    server.stop()
    assert not processes.members_of(session)


@pytest.fixture
def topics(server: KafkaServer, admin: Any) -> Iterator[Any]:
    """The house's, made by the program; afterwards there are none."""
    configure_topics(server.bootstrap_servers)
    yield admin
    forget(admin, *TOPICS)


def forget(admin: Any, *topics: str) -> None:
    """Brokers hear a moment later than the controller."""
    admin.delete_topics(topics)
    deadline = time.monotonic() + 10
    while set(topics) & set(admin.list_topics()):
        assert time.monotonic() < deadline, "topics do not go"


def settings_of(admin: Any, topic: str) -> dict[str, str]:
    found = admin.describe_configs([ConfigResource("topic", topic)])["topic"][topic]
    return {name: setting["value"] for name, setting in found.items()}


def partitions_of(admin: Any) -> dict[str, int]:
    return {t["name"]: len(t["partitions"]) for t in admin.describe_topics(list(TOPICS))}


def test_every_topic_has_six_partitions(topics: Any) -> None:
    assert partitions_of(topics) == dict.fromkeys(TOPICS, 6)


@pytest.mark.parametrize("topic", TOPICS)
def test_events_stay_fourteen_days_and_never_outlive_the_memory_of_the_inbox(
    topics: Any, topic: str
) -> None:
    settings = settings_of(topics, topic)
    kept_ms, span_ms = int(settings["retention.ms"]), int(settings["segment.ms"])
    assert kept_ms == 14 * DAY_MS
    assert kept_ms + span_ms < INBOX_KEPT_FOR.days * DAY_MS


def test_making_the_topics_again_changes_nothing(server: KafkaServer, topics: Any) -> None:
    before = [settings_of(topics, topic) for topic in TOPICS], partitions_of(topics)
    configure_topics(server.bootstrap_servers)
    after = [settings_of(topics, topic) for topic in TOPICS], partitions_of(topics)
    assert after == before


def test_a_setting_that_somebody_changed_is_mended(server: KafkaServer, topics: Any) -> None:
    topics.alter_configs([ConfigResource("topic", PATIENT_EVENTS, {"retention.ms": "1000"})])
    configure_topics(server.bootstrap_servers)
    assert settings_of(topics, PATIENT_EVENTS)["retention.ms"] == str(14 * DAY_MS)


def test_another_number_of_partitions_is_refused_and_left_alone(
    server: KafkaServer, admin: Any
) -> None:
    admin.create_topics({PATIENT_EVENTS: {"num_partitions": 3, "replication_factor": 1}})
    with pytest.raises(WrongTopics, match=r"6 partitions are needed for ever.*patient-events.*3"):
        configure_topics(server.bootstrap_servers)
    assert partitions_of(admin)[PATIENT_EVENTS] == 3
    forget(admin, *TOPICS)
