"""The worker as a process: it says how it gets on, and ends in time without losing its batch."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from shared.events.kafka_topics import configure_topics
from shared.events.kafka_transport import KafkaTransport
from shared.events.postgres_transport import PostgresTransport
from tests.issuer import Issuer
from tests.shared.integration.inboxes import EFFECT, TOPIC, event
from tests.shared.integration.worker_process import EFFECTS, WorkerProcess, working

SCHEMA = "matching_service"
NOBODY_MORE = """
    DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database());
    END $$
"""


@pytest.fixture
def worker(ends: Any, issuer: Issuer) -> Iterator[WorkerProcess]:
    with _ready(ends, issuer) as process:
        yield process


@contextmanager
def _ready(ends: Any, issuer: Issuer, **settings: str) -> Iterator[WorkerProcess]:
    ends.as_owner(SCHEMA, EFFECT)
    ends.as_owner(SCHEMA, "CREATE TABLE outage ()")
    environment = {
        "ENVIRONMENT": "test",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": ends.listener_url,
        "OIDC_ISSUER": issuer.url,
        "OIDC_JWKS_URL": f"{issuer.url}/jwks",
        **settings,
    }
    with working(environment) as process:
        _wait_until(lambda: process.ask("/readyz").status_code == 200)
        yield process


@pytest.fixture
def tell(ends: Any) -> Iterator[Callable[..., None]]:
    producer = PostgresTransport(ends.teller_url)
    yield lambda *events: producer.append(events)
    producer.close()


def test_a_worker_says_that_its_database_transport_and_loops_are_well(
    worker: WorkerProcess,
) -> None:
    assert worker.ask("/livez").json() == {"status": "ok"}
    answer = worker.ask("/readyz").json()
    assert {name: check["status"] for name, check in answer["checks"].items()} == {
        "database": "ok",
        "schema": "ok",
        "transport": "ok",
        "loops": "ok",
    }


def test_a_worker_that_does_not_get_on_names_the_loop_and_since_when(
    worker: WorkerProcess, ends: Any, tell: Callable[..., None]
) -> None:
    ends.as_owner(SCHEMA, "INSERT INTO outage DEFAULT VALUES")
    tell(event("7"))
    _wait_until(lambda: worker.ask("/readyz").status_code == 503)

    answer = worker.ask("/readyz").json()
    failing = answer["checks"]["loops"]["failing"]
    assert answer["status"] == "unavailable"
    assert {name: trouble["error"] for name, trouble in failing.items()} == {
        "consumer": "ServiceUnavailable"
    }
    assert worker.ask("/livez").status_code == 200

    failures = 'worker_loop_failures_total{loop="consumer"}'
    seen = worker.metric(failures)
    _wait_until(lambda: worker.metric(failures) > seen)
    assert worker.ask("/readyz").json()["checks"]["loops"]["failing"] == failing

    ends.as_owner(SCHEMA, "DELETE FROM outage")
    _wait_until(lambda: worker.ask("/readyz").status_code == 200)


def test_a_worker_whose_log_is_out_of_reach_says_so(worker: WorkerProcess, ends: Any) -> None:
    ends.as_admin(NOBODY_MORE)
    ends.sever("events")
    _wait_until(lambda: worker.ask("/readyz").status_code == 503)

    assert worker.ask("/readyz").json()["checks"]["transport"]["status"] == "unavailable"


def test_a_lag_that_cannot_be_measured_costs_no_delivery(
    worker: WorkerProcess, ends: Any, tell: Callable[..., None]
) -> None:
    ends.as_owner(
        "events",
        """
        CREATE OR REPLACE FUNCTION lag(topics text[], reading text) RETURNS bigint
        LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '57014'; END $$
        """,
    )
    _wait_until(lambda: math.isnan(worker.metric("consumer_lag_events")))
    tell(event("7"))
    _wait_until(lambda: _effects(ends) == ["7"])

    assert worker.metric('worker_loop_failures_total{loop="consumer"}', absent=0) == 0
    assert worker.ask("/readyz").status_code == 200


def test_a_worker_measures_what_waits_and_what_it_has_done(
    worker: WorkerProcess, ends: Any, tell: Callable[..., None]
) -> None:
    ends.as_owner(
        SCHEMA,
        "INSERT INTO parked (topic, key, event_id, body)"
        " SELECT 't', n % 2, gen_random_uuid(), '{}' FROM generate_series(1, 3) AS n",
    )
    tell(event("7"))
    done = 'consumer_events_total{outcome="done",type="patient.updated"}'
    _wait_until(lambda: done in worker.ask("/metrics").text)

    assert worker.metric(done) == 1
    assert worker.metric('consumer_event_to_effect_seconds_count{topic="patient-events"}') == 1
    assert worker.metric("parked_events") == 3
    assert worker.metric("parked_keys") == 2
    assert worker.metric("consumer_lag_events") == 0
    assert worker.metric("outbox_events") == 0
    assert worker.metric("outbox_oldest_age_seconds") == 0


def test_a_worker_that_is_told_to_stop_ends_its_batch_and_acknowledges_it(
    worker: WorkerProcess, ends: Any, tell: Callable[..., None]
) -> None:
    with ends.listener.transaction() as holding:
        holding.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": EFFECTS})
        tell(event("7"), event("8"))
        _wait_until(lambda: _somebody_waits(holding))
        worker.terminate()

    assert worker.exit_code(seconds=10) == 0
    assert _effects(ends) == ["7", "8"]
    successor = PostgresTransport(ends.listener_url, [TOPIC])
    assert successor.poll(10, 0.0) == []
    successor.close()


def test_a_worker_on_kafka_gets_on_and_ends_in_time_as_well(
    ends: Any, issuer: Issuer, kafka_servers: str
) -> None:
    configure_topics(kafka_servers)
    mine = event(f"worker-{uuid4()}")
    producer = KafkaTransport([kafka_servers], group="tests", member="tests")
    settings = {"EVENT_TRANSPORT": "kafka", "KAFKA_BOOTSTRAP_SERVERS": kafka_servers}
    with closing(producer), _ready(ends, issuer, **settings) as worker:
        producer.append([mine])
        _wait_until(lambda: mine.key in _effects(ends))
        _wait_until(lambda: worker.metric("consumer_lag_events") == 0)
        worker.terminate()

        assert worker.exit_code(seconds=10) == 0


def test_an_idle_worker_ends_at_once_and_with_it_its_server(worker: WorkerProcess) -> None:
    worker.terminate()

    assert worker.exit_code(seconds=5) == 0


def _effects(ends: Any) -> list[str]:
    with ends.listener.transaction() as session:
        return list(session.scalars(text("SELECT key FROM effect ORDER BY place")))


def _somebody_waits(session: Any) -> bool:
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
    return bool(session.scalar(text(waiting)))


def _wait_until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
