"""What matching does with other services' events, and with nobody there to ask."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from matching_service.consumers import HANDLERS
from matching_service.storage.tables import (
    Platzsuche,
    Task,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)
from matching_service.use_cases.deleted_patients import forget_words_about
from matching_service.use_cases.plan_bundles import BundleRequest, create_therapist_bundles
from matching_service.use_cases.search_moves import abandon_search_of_deleted_patient
from matching_service.use_cases.sending import send_inquiry
from matching_service.wiring import wire
from shared.events.consumer import Consumer
from shared.events.envelope import Event
from shared.events.postgres_transport import PostgresTransport
from tests.matching_service.world import World

NOW = datetime.now(UTC)


@pytest.fixture
def sending(world: World) -> int:
    """An inquiry of three patients on its way to therapist 1."""
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    made = create_therapist_bundles(world.database, BundleRequest(), actor="staff1", now=NOW)
    rules = BundleRequest().order.rules
    [inquiry_id] = made.inquiry_ids
    with world.database.transaction() as session:
        send_inquiry(session, inquiry_id, rules=rules, recall=NOW - NOW, actor="anna", now=NOW)
    return inquiry_id


def _inquiry(world: World, inquiry_id: int) -> Therapeutenanfrage:
    with world.database.transaction() as session:
        return session.get_one(Therapeutenanfrage, inquiry_id)


def _tasks(world: World) -> list[tuple[str, int]]:
    with world.database.transaction() as session:
        return [(task.kind, task.ref_id) for task in session.query(Task)]


def test_a_mail_that_went_out_makes_the_inquiry_sent_and_due_in_a_week(
    world: World, sending: int, consume: Any
) -> None:
    consume(
        "communication.email_sent",
        sending,
        email_id=7,
        bundle_id=sending,
        purpose="inquiry",
        at="2026-11-23T09:00:00Z",
    )

    inquiry = _inquiry(world, sending)
    assert (inquiry.state, inquiry.sent_method, inquiry.email_id) == ("sent", "email", 7)
    assert str(inquiry.follow_up_due_on) == "2026-11-30"


def test_a_mail_that_failed_makes_the_inquiry_a_draft_again_and_a_task(
    world: World, sending: int, consume: Any
) -> None:
    consume(
        "communication.email_failed",
        sending,
        email_id=7,
        bundle_id=sending,
        purpose="inquiry",
        at="2026-11-23T09:00:00Z",
        reason="no_email",
    )

    assert _inquiry(world, sending).state == "draft"
    assert _tasks(world) == [("mail_failed", sending)]


def test_a_mail_whose_fate_is_unknown_stays_sending_and_becomes_a_task(
    world: World, sending: int, consume: Any
) -> None:
    consume(
        "communication.email_unknown",
        sending,
        email_id=7,
        bundle_id=sending,
        purpose="inquiry",
        at="2026-11-23T09:00:00Z",
    )

    assert _inquiry(world, sending).state == "sending"
    assert _tasks(world) == [("mail_unknown", sending)]


def test_an_outage_of_a_neighbour_parks_nothing_and_the_event_comes_again(
    world: World, config: Any
) -> None:
    transport = PostgresTransport(config.database_url, HANDLERS.topics)
    consumer = Consumer(world.database, transport, HANDLERS, wire(config, world.database))
    event = Event(
        uuid4(),
        "patient.created",
        "patient-events",
        "1",
        "/test",
        NOW,
        {"patient_id": 1, "version": 1},
    )
    transport.append([event])

    for _ in range(2):
        with pytest.raises(Exception, match="patient-service"):
            consumer.run_once()
    transport.close()


def test_of_a_deleted_patient_no_bundle_tells_why_a_therapist_was_asked(
    world: World, sending: int
) -> None:
    said = [{"code": "diagnosis", "detail": {"diagnose": "F33.1"}}]
    with world.database.transaction() as session:
        session.query(TherapeutAnfragePatient).update({"reasons": said, "outcome_notes": "zu viel"})
        session.query(Platzsuche).update({"notes": "schläft schlecht"})

    with world.database.transaction() as session:
        forget_words_about(session, 2)

    with world.database.transaction() as session:
        rows = session.query(TherapeutAnfragePatient).order_by("patient_id").all()
        searches = session.query(Platzsuche).order_by("patient_id").all()
    assert [(row.reasons, row.outcome_notes) for row in rows] == [
        (said, "zu viel"),
        ([], None),
        (said, "zu viel"),
    ]
    assert [one.notes for one in searches] == ["schläft schlecht", None, "schläft schlecht"]


def test_the_search_of_a_deleted_patient_is_abandoned_and_leaves_its_inquiry(
    world: World, sending: int
) -> None:
    with world.database.transaction() as session:
        abandon_search_of_deleted_patient(session, 2, NOW)
        abandon_search_of_deleted_patient(session, 2, NOW)

    with world.database.transaction() as session:
        search = session.query(Platzsuche).filter_by(patient_id=2).one()
        row = session.query(TherapeutAnfragePatient).filter_by(patient_id=2).one()
    assert (search.status, search.end_reason) == ("abandoned", "patient_deleted")
    assert (row.therapeutenanfrage_id, row.status) == (sending, "withdrawn")
