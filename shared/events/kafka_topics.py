"""python -m shared.events.kafka_topics: the topics of the house as they have to be, made or mended.

Safe to repeat. The number of partitions is for ever: another one would send the events of a key
elsewhere and break their order, so a topic that has another one is refused.
"""

import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.config import ConfigError, number, read, setting
from shared.contracts.event_types import TOPICS
from shared.events.kafka_client import (
    ConfigResource,
    KafkaAdminClient,
    KafkaError,
    NoError,
    TopicAlreadyExistsError,
    for_code,
    open_client,
)

PARTITIONS = 6
# A file goes when its youngest event is this old, and files span a day: 15 days at most, half of
# what the inbox remembers.
KEPT_FOR = timedelta(days=14)
_FILE_SPANS = timedelta(days=1)
_SETTINGS = {
    "cleanup.policy": "delete",
    "retention.ms": str(KEPT_FOR // timedelta(milliseconds=1)),
    "retention.bytes": "-1",
    "segment.ms": str(_FILE_SPANS // timedelta(milliseconds=1)),
    # Age counts from the arrival, so that nobody's wrong clock decides it.
    "message.timestamp.type": "LogAppendTime",
}
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class TopicsConfig:
    kafka_bootstrap_servers: str = setting(
        "KAFKA_BOOTSTRAP_SERVERS", "Adressen von Kafka-Brokern", default="127.0.0.1:9092"
    )
    replication_factor: int = setting(
        "KAFKA_REPLICATION_FACTOR",
        "auf wie vielen Brokern ein neues Topic liegt; ab 3 müssen alle bis auf einen bestätigen",
        parse=number(1, 9),
        default=1,
    )


class WrongTopics(Exception):
    """Topics are not as they have to be, and this program must not mend them."""


def configure_topics(servers: str, replication_factor: int = 1) -> None:
    """Raises WrongTopics, KafkaError."""
    admin: Any = open_client(
        KafkaAdminClient, servers.split(","), "topics", patience_seconds=_PATIENCE_SECONDS
    )
    with closing(admin):
        _create_missing(admin, replication_factor)
        admin.wait_for_topics(TOPICS)
        _refuse_other_partitions(admin)
        _mend(admin)


def _create_missing(admin: Any, replication_factor: int) -> None:
    settings = _SETTINGS | {"min.insync.replicas": str(max(1, replication_factor - 1))}
    new = {
        "num_partitions": PARTITIONS,
        "replication_factor": replication_factor,
        "configs": settings,
    }
    answers = admin.create_topics(dict.fromkeys(TOPICS, new), raise_errors=False)
    for topic in answers["topics"]:
        error = for_code(topic["error_code"])
        if error not in (NoError, TopicAlreadyExistsError):
            raise WrongTopics(f"{topic['name']} was not made: {topic['error_message']}")


def _refuse_other_partitions(admin: Any) -> None:
    partitions = {t["name"]: len(t["partitions"]) for t in admin.describe_topics(list(TOPICS))}
    wrong = {topic: count for topic, count in partitions.items() if count != PARTITIONS}
    if wrong:
        raise WrongTopics(f"{PARTITIONS} partitions are needed for ever, there are: {wrong}")


def _mend(admin: Any) -> None:
    answers = admin.alter_configs(
        [ConfigResource("topic", topic, dict(_SETTINGS)) for topic in TOPICS]
    )["topic"]
    refused = {topic: answer for topic, answer in answers.items() if answer != "OK"}
    if refused:
        raise WrongTopics(f"The broker refused the settings: {refused}")


def main() -> None:
    try:
        config = read(TopicsConfig)
        configure_topics(config.kafka_bootstrap_servers, config.replication_factor)
    except (ConfigError, WrongTopics) as problem:
        sys.exit(str(problem))
    except KafkaError as problem:
        sys.exit(f"{config.kafka_bootstrap_servers} does not make the topics: {problem!r}")
    kept = f"{PARTITIONS} partitions each, kept for {KEPT_FOR.days} days"
    print(f"{len(TOPICS)} topics, {kept}.")  # noqa: T201


if __name__ == "__main__":
    main()
