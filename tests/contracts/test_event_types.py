"""What the services promise each other, written down a second time."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.contracts.event_types import EVENT_TYPES, TOPICS, UnpromisedEvent, dump
from shared.events.envelope import Event

PATIENT = {"patient_id": 1, "version": 2}
THERAPIST = {
    "therapist_id": 1,
    "version": 2,
    "mailbox_key": "a1b2",
    "status": "aktiv",
    "reason": None,
    "kassensitz": True,
    "geschlecht": "weiblich",
    "altersgruppe": "beide",
    "psychotherapieverfahren": ["Verhaltenstherapie"],
    "fremdsprachen": [],
}
SEARCH = {
    "search_id": 1,
    "version": 2,
    "patient_id": 3,
    "status": "active",
    "from": "paused",
    "end_reason": None,
    "therapist_id": None,
}
BUNDLE = {
    "bundle_id": 1,
    "version": 2,
    "therapist_id": 3,
    "state": "answered",
    "bundle_size": 4,
    "search_ids": [5, 6, 7, 8],
    "response_type": "partial",
    "accepted_count": 1,
    "next_contactable_date": "2026-12-21",
    "response_channel": "phone",
    "responded_at": "2026-11-23T08:15:00Z",
    "responded_by": "staff1",
    "corrected": False,
    "patient_ids": [9, 10],
}
COOLING = {
    "version": 2,
    "therapist_ids": [1, 2],
    "bundle_id": None,
    "last_contact_date": "2026-11-23",
    "next_contactable_date": "2026-12-21",
}
CONFLICT = {
    "conflict_id": 1,
    "version": 2,
    "search_id": 3,
    "winner_bundle_id": 4,
    "loser_bundle_id": 5,
}
EMAIL = {
    "email_id": 1,
    "version": 2,
    "bundle_id": 3,
    "therapist_id": 4,
    "search_id": None,
    "purpose": "inquiry",
    "at": "2026-11-23T08:15:00Z",
    "reason": None,
    "patient_id": None,
    "patient_ids": [9, 10],
    "actor": "staff1",
}
EMAIL_ANSWERED = {**EMAIL, "purpose": "v1_batch", "answered_at": "2026-11-23T08:00:00Z"}
MAILBOX = {
    "version": 2,
    "mailbox_key": "a1b2",
    "therapist_id": 4,
    "at": "2026-11-23T08:15:00Z",
}
REPLY = {
    "reply_id": 1,
    "version": 2,
    "bundle_id": 3,
    "therapist_id": 4,
    "at": "2026-11-23T08:15:00Z",
}
CALL = {
    "call_id": 1,
    "version": 2,
    "bundle_id": 3,
    "therapist_id": 4,
    "attempt": 1,
    "at": "2026-11-23T08:15:00Z",
    "patient_ids": [9, 10],
    "actor": "staff1",
}
CALL_SCHEDULED = {**CALL, "starts_at": "2026-11-24T08:00:00Z", "reason": "no_answer"}
CALL_COMPLETED = {**CALL, "outcome": "not_reached", "answered": False, "given_up": True}

PROMISED: dict[str, tuple[str, dict[str, Any]]] = {
    "patient.created": ("patient-events", PATIENT),
    "patient.updated": ("patient-events", PATIENT),
    "patient.deleted": ("patient-events", PATIENT),
    "therapist.created": ("therapist-events", THERAPIST),
    "therapist.updated": ("therapist-events", THERAPIST),
    "therapist.blocked": ("therapist-events", THERAPIST),
    "therapist.unblocked": ("therapist-events", THERAPIST),
    "therapist.deleted": ("therapist-events", {**THERAPIST, "merged_into": 9}),
    "search.created": ("matching-events", SEARCH),
    "search.status_changed": ("matching-events", SEARCH),
    "bundle.created": ("matching-events", BUNDLE),
    "bundle.sent": ("matching-events", BUNDLE),
    "bundle.responded": ("matching-events", BUNDLE),
    "bundle.closed": ("matching-events", BUNDLE),
    "bundle.cancelled": ("matching-events", BUNDLE),
    "cooling.started": ("matching-events", COOLING),
    "cooling.overridden": ("matching-events", COOLING),
    "conflict.detected": ("matching-events", CONFLICT),
    "communication.email_sent": ("communication-events", EMAIL),
    "communication.email_failed": ("communication-events", EMAIL),
    "communication.email_unknown": ("communication-events", EMAIL),
    "communication.email_answered": ("communication-events", EMAIL_ANSWERED),
    "communication.email_bounced": ("communication-events", EMAIL),
    "communication.mailbox_failed": ("communication-events", MAILBOX),
    "communication.mailbox_restored": ("communication-events", MAILBOX),
    "communication.reply_received": ("communication-events", REPLY),
    "communication.reply_settled": ("communication-events", REPLY),
    "communication.call_scheduled": ("communication-events", CALL_SCHEDULED),
    "communication.call_completed": ("communication-events", CALL_COMPLETED),
}
DATES = ("last_contact_date", "next_contactable_date")
FOR_NO_EVENT = (
    "vorname",
    "nachname",
    "strasse",
    "plz",
    "ort",
    "email",
    "telefon",
    "fax",
    "geburtsdatum",
    "diagnose",
    "krankenversicherungsnummer",
    "notes",
)


def _spoken(data: dict[str, Any]) -> dict[str, Any]:
    """The data as a use case gives it: days are dates there."""
    return {
        name: date.fromisoformat(value) if name in DATES and value else value
        for name, value in data.items()
    }


@pytest.mark.parametrize("name", PROMISED)
def test_an_event_carries_what_was_promised(name: str) -> None:
    topic, data = PROMISED[name]

    assert EVENT_TYPES[name].topic == topic
    assert dump(name, _spoken(data)) == data


def test_no_event_is_promised_that_is_not_written_down_here() -> None:
    assert set(EVENT_TYPES) == set(PROMISED)


def test_every_topic_exists_in_the_embedded_transport(database: Any) -> None:
    with database.engine(database.admin_url).connect() as admin:
        known = set(admin.scalars(text("SELECT name FROM events.topic")))

    assert set(TOPICS) == known
    assert {event_type.topic for event_type in EVENT_TYPES.values()} <= known


@pytest.mark.parametrize("name", PROMISED)
def test_every_field_in_the_contract_appears_in_its_example(name: str) -> None:
    fields = EVENT_TYPES[name].data().fields.items()

    assert {field.data_key or key for key, field in fields} == set(PROMISED[name][1])


@pytest.mark.parametrize("name", PROMISED)
@pytest.mark.parametrize("word", FOR_NO_EVENT)
def test_no_event_may_carry_who_somebody_is_or_what_ails_them(name: str, word: str) -> None:
    with pytest.raises(UnpromisedEvent) as refusal:
        dump(name, {**_spoken(PROMISED[name][1]), word: "Musterfrau"})

    assert word in str(refusal.value)
    assert "Musterfrau" not in str(refusal.value)


def test_a_patient_event_is_nothing_but_id_and_version() -> None:
    for moment in ("created", "updated", "deleted"):
        assert set(EVENT_TYPES[f"patient.{moment}"].data().fields) == {"patient_id", "version"}


@pytest.mark.parametrize("name", PROMISED)
def test_an_event_without_its_version_is_refused(name: str) -> None:
    data = _spoken(PROMISED[name][1])
    del data["version"]

    with pytest.raises(UnpromisedEvent, match="version"):
        dump(name, data)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("patient.updated", {"patient_id": "eins"}),
        ("patient.updated", {"patient_id": None}),
        ("bundle.responded", {"search_ids": 5}),
        ("bundle.responded", {"search_ids": ["fünf"]}),
        ("bundle.responded", {"next_contactable_date": "2026-12-21"}),
        ("therapist.updated", {"kassensitz": "vielleicht"}),
    ],
)
def test_a_value_of_a_wrong_kind_is_refused(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(UnpromisedEvent, match=name):
        dump(name, {**_spoken(PROMISED[name][1]), **changes})


def test_an_event_travels_as_a_cloud_event_and_comes_back_the_same() -> None:
    event = Event(
        id=UUID("018f4e9a-7a52-7cc1-9d0a-3f6f2f3b0c11"),
        type="patient.updated",
        topic="patient-events",
        key="1",
        source="/patient_service",
        time=datetime(2026, 11, 23, 8, 15, tzinfo=UTC),
        data=PATIENT,
    )

    body = json.loads(json.dumps(event.to_body()))

    assert body == {
        "specversion": "1.0",
        "id": "018f4e9a-7a52-7cc1-9d0a-3f6f2f3b0c11",
        "source": "/patient_service",
        "type": "patient.updated",
        "subject": "1",
        "time": "2026-11-23T08:15:00Z",
        "datacontenttype": "application/json",
        "data": PATIENT,
    }
    assert Event.from_body("patient-events", body) == event
