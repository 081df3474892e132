"""Reads the history of a run out of the tables of both services and out of the carrier."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, text

from shared.config import KAFKA
from shared.events.kafka_client import KafkaConsumer, TopicPartition, open_client
from tests.delivery.history import Change, History, Parked
from tests.delivery.parties import TOPIC, Place
from tests.failpoints.harness import answer_of_child

_BODY = "body->>'subject', (body->'data'->>'version')::int"


def history_of(place: Place, admin: Engine) -> History:
    """`admin` may read everything."""
    return History(
        versions=_versions(admin),
        waiting=_changes(admin, f"SELECT {_BODY} FROM patient_service.outbox ORDER BY id"),
        carried=_carried(place, admin),
        effects=_changes(admin, "SELECT key, version FROM matching_service.effect ORDER BY place"),
        parked=_parked(admin),
    )


def _versions(admin: Engine) -> dict[str, int]:
    rows = _rows(admin, "SELECT id, version FROM patient_service.patients")
    return {str(id_): version for id_, version in rows}


def _carried(place: Place, admin: Engine) -> list[Change]:
    if place.carrier == KAFKA:
        return answer_of_child(lambda: _carried_by_kafka(place))
    return _changes(admin, f"SELECT {_BODY} FROM events.log ORDER BY topic, position")


def _carried_by_kafka(place: Place) -> list[Change]:
    """Order between partitions means nothing, and a key has one partition."""
    reader: Any = open_client(
        KafkaConsumer, place.kafka_servers.split(","), "judge", patience_seconds=10.0
    )
    partitions = [TopicPartition(TOPIC, n) for n in sorted(reader.partitions_for_topic(TOPIC))]
    ends = reader.end_offsets(partitions)
    reader.assign(partitions)
    reader.seek_to_beginning(*partitions)
    found: list[Change] = []
    while any(reader.position(partition) < ends[partition] for partition in partitions):
        for records in reader.poll(timeout_ms=1000).values():
            found += [_change(json.loads(record.value)) for record in records]
    reader.close()
    return found


def _change(body: dict[str, Any]) -> Change:
    return Change(body["subject"], body["data"]["version"])


def _parked(admin: Engine) -> list[Parked]:
    query = f"SELECT {_BODY}, error IS NOT NULL FROM matching_service.parked ORDER BY id"
    return [Parked(Change(key, version), failed) for key, version, failed in _rows(admin, query)]


def _changes(admin: Engine, query: str) -> list[Change]:
    return [Change(key, version) for key, version in _rows(admin, query)]


def _rows(admin: Engine, query: str) -> Iterable[Any]:
    with admin.connect() as connection:
        return connection.execute(text(query)).all()
