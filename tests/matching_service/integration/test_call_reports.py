"""What a call about an inquiry changes, as communication tells it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from matching_service.consumers import HANDLERS
from matching_service.wiring import wire
from shared.contracts.berlin import berlin_day
from shared.contracts.event_types import EVENT_TYPES
from shared.events.consumer import Consumer
from shared.events.envelope import Event
from shared.events.postgres_transport import PostgresTransport
from tests.matching_service.desk import Desk
from tests.matching_service.world import World

NOW = datetime.now(UTC)
COOLINGS = "SELECT purpose, inquiry_id FROM mailbox_block WHERE kind = 'cooling'"


@pytest.fixture
def desk(api: FlaskClient, world: World) -> Desk:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    return Desk(api, world)


@pytest.fixture
def hear(world: World, config: Any) -> Iterator[Callable[..., None]]:
    """Tells matching of a call to therapist 1; nothing of it may be parked."""
    transport = PostgresTransport(config.database_url, HANDLERS.topics)
    consumer = Consumer(world.database, transport, HANDLERS, wire(config, world.database))

    def tell(moment: str, bundle_id: int | None, **data: Any) -> None:
        kind = f"communication.call_{moment}"
        known = {"version": 1, "call_id": 7, "therapist_id": 1, "bundle_id": bundle_id}
        body = {**known, "attempt": bundle_id and 1, "at": NOW.isoformat(), **data}
        topic = EVENT_TYPES[kind].topic
        transport.append([Event(uuid4(), kind, topic, str(bundle_id or 7), "/test", NOW, body)])
        assert consumer.run_once() == 1

    yield tell
    transport.close()


def report(outcome: str, *, answered: bool = False, given_up: bool = False) -> dict[str, Any]:
    return {"outcome": outcome, "answered": answered, "given_up": given_up}


def test_an_inquiry_that_no_mail_can_carry_is_sent_with_its_first_call(
    desk: Desk, hear: Callable[..., None]
) -> None:
    bundle = desk.draft(1, send=True)

    hear("scheduled", bundle["id"], starts_at=NOW.isoformat(), reason="no_email")

    sent = desk.read(bundle)
    assert (sent["state"], sent["sent_method"], sent["phone_call_id"]) == ("sent", "phone", 7)
    assert sent["follow_up_due_on"] == berlin_day(NOW + timedelta(days=7)).isoformat()


def test_a_call_about_a_sent_inquiry_is_only_noted(desk: Desk, hear: Callable[..., None]) -> None:
    bundle = desk.sent(1)

    hear("scheduled", bundle["id"], starts_at=NOW.isoformat(), reason="no_answer")

    noted = desk.read(bundle)
    assert (noted["state"], noted["sent_method"], noted["phone_call_id"]) == ("sent", "email", 7)


def test_the_last_call_in_vain_closes_the_inquiry_without_response_and_nothing_cools(
    desk: Desk, hear: Callable[..., None]
) -> None:
    bundle = desk.sent(1)

    hear("completed", bundle["id"], **report("not_reached"))
    assert desk.read(bundle)["state"] == "sent"
    hear("completed", bundle["id"], **report("not_reached", given_up=True))

    closed = desk.read(bundle)
    assert (closed["state"], closed["response_type"]) == ("closed", "no_response")
    assert desk.rows(COOLINGS) == []


def test_an_answer_that_came_before_the_last_call_in_vain_stands(
    desk: Desk, hear: Callable[..., None]
) -> None:
    bundle = desk.sent(1)
    desk.answer(bundle, {})

    hear("completed", bundle["id"], **report("not_reached", given_up=True))

    assert desk.read(bundle)["response_type"] == "rejected"


def test_a_practice_that_was_reached_is_left_in_peace_even_if_it_decided_nothing(
    desk: Desk, hear: Callable[..., None]
) -> None:
    bundle = desk.sent(1)

    hear("completed", bundle["id"], **report("reached"))

    assert desk.rows(COOLINGS) == [{"purpose": "phone_contact", "inquiry_id": bundle["id"]}]
    assert desk.read(bundle)["state"] == "sent"


@pytest.mark.parametrize("outcome", ["call_back", "not_reached"])
def test_who_was_not_reached_or_wants_to_be_called_again_does_not_cool(
    desk: Desk, hear: Callable[..., None], outcome: str
) -> None:
    hear("completed", desk.sent(1)["id"], **report(outcome))

    assert desk.rows(COOLINGS) == []


def test_an_answer_given_by_phone_cools_once(desk: Desk, hear: Callable[..., None]) -> None:
    bundle = desk.sent(1)
    desk.answer(bundle, {})

    hear("completed", bundle["id"], **report("reached", answered=True))

    assert desk.rows(COOLINGS) == [{"purpose": "answer", "inquiry_id": bundle["id"]}]


def test_a_practice_that_wants_no_contact_is_left_in_peace_and_a_person_enters_it(
    desk: Desk, hear: Callable[..., None]
) -> None:
    bundle = desk.sent(1)

    hear("completed", bundle["id"], **report("refused_contact"))

    closed = desk.read(bundle)
    assert (closed["state"], closed["response_type"]) == ("closed", None)
    assert desk.rows(COOLINGS) == [{"purpose": "phone_contact", "inquiry_id": bundle["id"]}]
    assert desk.tasks() == [("contact_refused", "therapeutenanfrage", bundle["id"])]


def test_an_old_clients_call_that_reached_somebody_cools_the_mailbox(
    desk: Desk, hear: Callable[..., None]
) -> None:
    hear("completed", None, **report("reached"))

    assert desk.rows(COOLINGS) == [{"purpose": "phone_contact", "inquiry_id": None}]
