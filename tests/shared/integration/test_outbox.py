"""Events on their way out: with their rows or not at all, in order, and once."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.contracts.event_types import UnpromisedEvent
from shared.events.envelope import Event
from shared.events.outbox import Relay, publish, waiting
from shared.events.postgres_transport import PostgresTransport
from shared.events.transport import TransportLost

NOW = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)
PRODUCERS, EVENTS_EACH, KEYS = 8, 300, 5
LONGEST_WAIT_SECONDS = 10.0


@pytest.fixture
def open_relay(ends: Any) -> Iterator[Callable[[], Relay]]:
    opened: list[Any] = []

    def open_one() -> Relay:
        transport = PostgresTransport(ends.teller_url)
        relay = Relay(ends.teller_url, transport)
        opened.extend((relay, transport))
        return relay

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def relay(open_relay: Callable[[], Relay]) -> Relay:
    return open_relay()


def _tell(session: Session, patient_id: int, version: int = 1) -> None:
    data = {"patient_id": patient_id, "version": version}
    publish(session, "patient_service", "patient.updated", patient_id, data, NOW)


def _told_numbers(ends: Any) -> list[int]:
    return [body["data"]["patient_id"] for body in ends.told()]


def test_an_event_goes_out_with_its_transaction(ends: Any, relay: Relay) -> None:
    with ends.teller.transaction() as session:
        _tell(session, 7)

    assert relay.run_once() == 1
    (body,) = ends.told()
    assert body["type"] == "patient.updated"
    assert (body["subject"], body["source"]) == ("7", "/patient_service")
    assert body["time"] == "2026-11-23T08:15:00Z"
    assert body["data"] == {"patient_id": 7, "version": 1}


def test_an_event_of_a_transaction_that_was_rolled_back_is_never_seen(
    ends: Any, relay: Relay
) -> None:
    session = ends.teller.session()
    _tell(session, 7)
    session.rollback()

    assert relay.run_once() == 0
    assert ends.told() == []


def test_nothing_goes_out_before_the_commit(ends: Any, relay: Relay) -> None:
    with ends.teller.transaction() as session:
        _tell(session, 7)
        session.flush()
        assert relay.run_once() == 0

    assert relay.run_once() == 1


def test_what_went_out_waits_no_longer(ends: Any, relay: Relay) -> None:
    with ends.teller.transaction() as session:
        _tell(session, 1)
        _tell(session, 2)
        assert waiting(session) == 2

    relay.run_once()

    with ends.teller.transaction() as session:
        assert waiting(session) == 0
    assert relay.run_once() == 0


def test_with_eight_producers_no_event_is_lost_and_no_key_inverted(ends: Any, relay: Relay) -> None:
    patients = _add_patients(ends, KEYS)
    with ThreadPoolExecutor(PRODUCERS + 1) as pool:
        done = threading.Event()
        carrying = pool.submit(_carry_until, relay, done)
        producing = [pool.submit(_produce, ends, patients, n) for n in range(PRODUCERS)]
        promised = sum(future.result() for future in producing)
        done.set()
        carried = carrying.result()

    versions: dict[str, list[int]] = {}
    for body in ends.told():
        versions.setdefault(body["subject"], []).append(body["data"]["version"])
    assert sum(map(len, versions.values())) == carried == promised
    assert versions == {key: list(range(2, 2 + len(of))) for key, of in versions.items()}


def _add_patients(ends: Any, count: int) -> list[int]:
    adding = text(
        "INSERT INTO patients (vorname, nachname, created_by, updated_by)"
        " SELECT 'P', 'Q', 'test', 'test' FROM generate_series(1, :count) RETURNING id"
    )
    with ends.teller.transaction() as session:
        return list(session.scalars(adding, {"count": count}))


def _produce(ends: Any, patients: list[int], number: int) -> int:
    """Every seventh change is rolled back. Returns how many events were committed."""
    for step in range(EVENTS_EACH):
        session = ends.teller.session()
        _change(session, patients[(number + step) % KEYS])
        session.rollback() if step % 7 == 0 else session.commit()
        session.close()
    return EVENTS_EACH - len(range(0, EVENTS_EACH, 7))


def _change(session: Session, patient_id: int) -> None:
    locking = text("UPDATE patients SET version = version + 1 WHERE id = :id RETURNING version")
    _tell(session, patient_id, session.scalar(locking, {"id": patient_id}) or 0)


def _carry_until(relay: Relay, done: threading.Event) -> int:
    carried = 0
    while True:
        last_round = done.is_set()
        moved = relay.run_once(0.01)
        carried += moved
        if last_round and not moved:
            return carried


def test_a_second_relay_waits_until_the_first_one_is_gone(
    ends: Any, open_relay: Callable[[], Relay]
) -> None:
    first, second = open_relay(), open_relay()
    first.run_once()
    with ends.teller.transaction() as session:
        _tell(session, 7)

    assert second.run_once() == 0
    ends.sever("relay")

    assert second.run_once() == 1
    with pytest.raises(TransportLost):
        first.run_once()
    assert first.run_once() == 0


def test_a_relay_that_died_between_append_and_delete_leaves_no_second_event(
    ends: Any, relay: Relay
) -> None:
    with ends.teller.transaction() as session:
        _tell(session, 7)
        _tell(session, 8)
    bodies = ends.waiting()
    transport = PostgresTransport(ends.teller_url)
    transport.append([Event.from_body("patient-events", body) for body in bodies])
    transport.close()

    assert relay.run_once() == 2
    assert _told_numbers(ends) == [7, 8]
    assert ends.waiting() == []


@pytest.mark.parametrize(
    "lost",
    [pytest.param("events", id="transport"), pytest.param("relay", id="outbox")],
)
def test_a_lost_connection_keeps_the_events_for_the_next_round(
    ends: Any, relay: Relay, lost: str
) -> None:
    _tell_and_carry(ends, relay, 7)
    with ends.teller.transaction() as session:
        _tell(session, 8)
    ends.sever(lost)

    with pytest.raises(TransportLost):
        relay.run_once()

    assert relay.run_once() == 1
    assert _told_numbers(ends) == [7, 8]


def _tell_and_carry(ends: Any, relay: Relay, patient_id: int) -> None:
    with ends.teller.transaction() as session:
        _tell(session, patient_id)
    relay.run_once()


def test_news_wake_a_waiting_relay(ends: Any, relay: Relay) -> None:
    relay.run_once()
    with ThreadPoolExecutor(1) as pool:
        started = time.monotonic()
        moved = pool.submit(relay.run_once, LONGEST_WAIT_SECONDS)
        with ends.teller.transaction() as session:
            _tell(session, 7)

        assert moved.result() == 1
        assert time.monotonic() - started < LONGEST_WAIT_SECONDS / 2


@pytest.mark.parametrize(
    ("event_type", "data"),
    [
        pytest.param("patient.moved", {"patient_id": 7, "version": 1}, id="unknown type"),
        pytest.param("patient.updated", {"patient_id": 7}, id="version missing"),
        pytest.param(
            "patient.updated", {"patient_id": 7, "version": None}, id="version is nothing"
        ),
        pytest.param(
            "patient.updated",
            {"patient_id": 7, "version": 1, "nachname": "Musterfrau"},
            id="a name beside",
        ),
        pytest.param(
            "patient.updated", {"patient_id": "Musterfrau", "version": 1}, id="a name instead"
        ),
        pytest.param(
            "patient.updated", {"patient_id": 8, "version": 1}, id="under somebody else's key"
        ),
    ],
)
def test_what_the_contract_does_not_allow_is_not_published_and_not_quoted(
    ends: Any, event_type: str, data: dict[str, Any]
) -> None:
    with pytest.raises(UnpromisedEvent) as refusal, ends.teller.transaction() as session:
        publish(session, "patient_service", event_type, 7, data, NOW)

    assert "Musterfrau" not in str(refusal.value)
    assert ends.waiting() == []
