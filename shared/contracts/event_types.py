"""The events that services promise each other: type, topic and what `data` holds.

`data` never carries a name, an address, a phone number or anything about a person's health.
"""

from dataclasses import dataclass
from functools import cache
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


class DeletedTherapistData(TherapistData):
    """`merged_into` is who the therapist turned out to be, when two rows were one person."""

    merged_into = fields.Integer(allow_none=True)


class SearchData(Versioned):
    search_id = fields.Integer(required=True)
    patient_id = fields.Integer(required=True)
    status = fields.String(required=True)
    from_ = fields.String(data_key="from", attribute="from")
    end_reason = fields.String(allow_none=True)
    therapist_id = fields.Integer(allow_none=True)


class BundleData(Versioned):
    """How, when and by whom it was answered is told once for every answer and correction, with
    the patients whom it was about."""

    bundle_id = fields.Integer(required=True)
    therapist_id = fields.Integer(required=True)
    state = fields.String(required=True)
    bundle_size = fields.Integer(required=True)
    search_ids = fields.List(fields.Integer(), required=True)
    response_type = fields.String(allow_none=True)
    accepted_count = fields.Integer()
    next_contactable_date = fields.Date(allow_none=True)
    response_channel = fields.String(allow_none=True)
    responded_at = fields.String(allow_none=True)
    responded_by = fields.String(allow_none=True)
    corrected = fields.Boolean()
    patient_ids = fields.List(fields.Integer())


class CoolingData(Versioned):
    """`version` is the id of the block in the mailbox's append-only register.

    Only `cooling.overridden` makes `next_contactable_date` earlier than what was told before.
    """

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
    """`patient_id` is whom the mail goes to, `patient_ids` are those of whom it speaks.
    `actor`: who let it go; none where that was nobody but us."""

    email_id = fields.Integer(required=True)
    bundle_id = fields.Integer(allow_none=True)
    therapist_id = fields.Integer(allow_none=True)
    search_id = fields.Integer(allow_none=True)
    purpose = fields.String(required=True)
    at = fields.String(required=True)
    reason = fields.String(allow_none=True)
    patient_id = fields.Integer(allow_none=True)
    patient_ids = fields.List(fields.Integer())
    actor = fields.String(allow_none=True)


class EmailAnsweredData(EmailData):
    """A practice has answered a mail that belongs to no inquiry, at `answered_at`."""

    therapist_id = fields.Integer(required=True)
    answered_at = fields.String(required=True)


class MailboxData(Versioned):
    """Whether a practice can be written to; of a mailbox, so that another address starts anew."""

    mailbox_key = fields.String(required=True)
    therapist_id = fields.Integer(required=True)
    at = fields.String(required=True)


class ReplyData(Versioned):
    """A mail that came in; `bundle_id` is null while nobody has said what it is about."""

    reply_id = fields.Integer(required=True)
    bundle_id = fields.Integer(allow_none=True)
    therapist_id = fields.Integer(allow_none=True)
    at = fields.String(required=True)


class CallData(Versioned):
    """`attempt` counts the calls about an inquiry from 1; `patient_ids` are those it is about."""

    call_id = fields.Integer(required=True)
    bundle_id = fields.Integer(allow_none=True)
    therapist_id = fields.Integer(required=True)
    attempt = fields.Integer(allow_none=True)
    at = fields.String(required=True)
    patient_ids = fields.List(fields.Integer())
    actor = fields.String(allow_none=True)


class CallScheduledData(CallData):
    starts_at = fields.String(required=True)
    reason = fields.String(allow_none=True)


class CallCompletedData(CallData):
    """`answered`: what was said is recorded already. `given_up`: this was the last attempt."""

    outcome = fields.String(required=True)
    answered = fields.Boolean(required=True)
    given_up = fields.Boolean(required=True)


@dataclass(frozen=True)
class EventType:
    """Events of one topic keep their order among those with the same value of `key`.

    Where `data` holds a field of that name, it holds the same value.
    """

    name: str
    topic: str
    key: str
    data: type[Schema]


_PATIENT_MOMENTS = ("created", "updated", "deleted")
_THERAPIST_MOMENTS = ("created", "updated", "blocked", "unblocked")
_SEARCH_MOMENTS = ("created", "status_changed")
_BUNDLE_MOMENTS = ("created", "sent", "responded", "closed", "cancelled")
_EMAIL_MOMENTS = ("email_sent", "email_failed", "email_unknown", "email_bounced")
_MAILBOX_MOMENTS = ("mailbox_failed", "mailbox_restored")
_REPLY_MOMENTS = ("reply_received", "reply_settled")


def _types(
    entity: str, moments: tuple[str, ...], topic: str, key: str, data: type[Schema]
) -> dict[str, EventType]:
    names = [f"{entity}.{moment}" for moment in moments]
    return {name: EventType(name, topic, key, data) for name in names}


EVENT_TYPES: dict[str, EventType] = {
    **_types("patient", _PATIENT_MOMENTS, PATIENT_EVENTS, "patient_id", PatientData),
    **_types("therapist", _THERAPIST_MOMENTS, THERAPIST_EVENTS, "therapist_id", TherapistData),
    **_types("therapist", ("deleted",), THERAPIST_EVENTS, "therapist_id", DeletedTherapistData),
    **_types("search", _SEARCH_MOMENTS, MATCHING_EVENTS, "search_id", SearchData),
    **_types("bundle", _BUNDLE_MOMENTS, MATCHING_EVENTS, "mailbox_key", BundleData),
    **_types("cooling", ("started", "overridden"), MATCHING_EVENTS, "mailbox_key", CoolingData),
    **_types("conflict", ("detected",), MATCHING_EVENTS, "mailbox_key", ConflictData),
    # A mail or a call that belongs to no bundle is alone under its own id.
    **_types("communication", _EMAIL_MOMENTS, COMMUNICATION_EVENTS, "bundle_id", EmailData),
    **_types("communication", _MAILBOX_MOMENTS, COMMUNICATION_EVENTS, "mailbox_key", MailboxData),
    **_types("communication", _REPLY_MOMENTS, COMMUNICATION_EVENTS, "reply_id", ReplyData),
    **_types(
        "communication",
        ("email_answered",),
        COMMUNICATION_EVENTS,
        "bundle_id",
        EmailAnsweredData,
    ),
    **_types(
        "communication", ("call_scheduled",), COMMUNICATION_EVENTS, "bundle_id", CallScheduledData
    ),
    **_types(
        "communication", ("call_completed",), COMMUNICATION_EVENTS, "bundle_id", CallCompletedData
    ),
}


class UnpromisedEvent(Exception):
    """An event that its contract does not allow; a programming error, never a user's."""


def dump(event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    """`data` as it travels. Raises UnpromisedEvent when the contract does not allow it."""
    if event_type not in EVENT_TYPES:
        raise UnpromisedEvent(event_type)
    schema = _schema(event_type)
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


@cache
def _schema(event_type: str) -> Schema:
    return EVENT_TYPES[event_type].data(unknown=RAISE)
