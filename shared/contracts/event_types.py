"""The events that services promise each other: type, topic and what `data` holds.

`data` never carries a name, an address, a phone number or anything about a person's health.
"""

from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

PATIENT_EVENTS = "patient-events"
THERAPIST_EVENTS = "therapist-events"
MATCHING_EVENTS = "matching-events"
COMMUNICATION_EVENTS = "communication-events"
GEOCODING_EVENTS = "geocoding-events"
TOPICS = (
    PATIENT_EVENTS,
    THERAPIST_EVENTS,
    MATCHING_EVENTS,
    COMMUNICATION_EVENTS,
    GEOCODING_EVENTS,
)


class Versioned(Schema):
    """`version` is the entity's, so that a projection can tell old news from new."""

    version = fields.Integer(required=True)


class PatientData(Versioned):
    patient_id = fields.Integer(required=True)


class TherapistData(Versioned):
    therapist_id = fields.Integer(required=True)
    mailbox_key = fields.String(required=True)
    status = fields.String(required=True)
    reason = fields.String(allow_none=True)
    kassensitz = fields.Boolean(allow_none=True)
    geschlecht = fields.String(allow_none=True)
    altersgruppe = fields.String(allow_none=True)
    psychotherapieverfahren = fields.List(fields.String())
    fremdsprachen = fields.List(fields.String())


class SearchData(Versioned):
    search_id = fields.Integer(required=True)
    patient_id = fields.Integer(required=True)
    status = fields.String(required=True)
    from_ = fields.String(data_key="from", attribute="from")
    end_reason = fields.String(allow_none=True)
    therapist_id = fields.Integer(allow_none=True)


class BundleData(Versioned):
    bundle_id = fields.Integer(required=True)
    therapist_id = fields.Integer(required=True)
    state = fields.String(required=True)
    bundle_size = fields.Integer(required=True)
    search_ids = fields.List(fields.Integer(), required=True)
    response_type = fields.String(allow_none=True)
    accepted_count = fields.Integer()
    next_contactable_date = fields.Date(allow_none=True)


class CoolingData(Versioned):
    """`version` is the id of the block in the mailbox's append-only register."""

    therapist_ids = fields.List(fields.Integer(), required=True)
    bundle_id = fields.Integer(allow_none=True)
    last_contact_date = fields.Date(required=True)
    next_contactable_date = fields.Date(required=True)


class ConflictData(Versioned):
    conflict_id = fields.Integer(required=True)
    search_id = fields.Integer(required=True)
    winner_bundle_id = fields.Integer(allow_none=True)
    loser_bundle_id = fields.Integer(required=True)


class EmailData(Versioned):
    email_id = fields.Integer(required=True)
    bundle_id = fields.Integer(allow_none=True)
    therapist_id = fields.Integer(allow_none=True)
    purpose = fields.String(required=True)
    at = fields.String(required=True)
    reason = fields.String(allow_none=True)


@dataclass(frozen=True)
class EventType:
    name: str
    topic: str
    data: type[Schema]


_BUNDLE_MOMENTS = ("created", "sent", "responded", "closed", "cancelled")
_THERAPIST_MOMENTS = ("created", "updated", "blocked", "unblocked", "deleted")

EVENT_TYPES: dict[str, EventType] = {
    t.name: t
    for t in (
        *(
            EventType(f"patient.{m}", PATIENT_EVENTS, PatientData)
            for m in ("created", "updated", "deleted")
        ),
        *(EventType(f"therapist.{m}", THERAPIST_EVENTS, TherapistData) for m in _THERAPIST_MOMENTS),
        EventType("search.created", MATCHING_EVENTS, SearchData),
        EventType("search.status_changed", MATCHING_EVENTS, SearchData),
        *(EventType(f"bundle.{m}", MATCHING_EVENTS, BundleData) for m in _BUNDLE_MOMENTS),
        EventType("cooling.started", MATCHING_EVENTS, CoolingData),
        EventType("conflict.detected", MATCHING_EVENTS, ConflictData),
        EventType("communication.email_sent", COMMUNICATION_EVENTS, EmailData),
        EventType("communication.email_failed", COMMUNICATION_EVENTS, EmailData),
        EventType("communication.email_unknown", COMMUNICATION_EVENTS, EmailData),
    )
}


class UnpromisedEvent(Exception):
    """An event that its contract does not allow; a programming error, never a user's."""


def dump(event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    """`data` as it travels. Raises UnpromisedEvent when the contract does not allow it."""
    if event_type not in EVENT_TYPES:
        raise UnpromisedEvent(event_type)
    schema = EVENT_TYPES[event_type].data(unknown=RAISE)
    try:
        body: dict[str, Any] = schema.dump(data)
        schema.load(body)
    except ValidationError as error:
        raise UnpromisedEvent(f"{event_type}: {error.messages}") from None
    except (ValueError, TypeError, AttributeError) as error:
        # A value of a wrong kind; the error would quote it.
        raise UnpromisedEvent(f"{event_type}: {type(error).__name__}") from None
    if unknown := set(data) - set(body):
        raise UnpromisedEvent(f"{event_type}: {sorted(unknown)}")
    return body
