"""Mails and letters as they are shown, in v2 and v1."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marshmallow import Schema, fields

from communication_service.api.mail_problems import why_not_sent
from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import TO_PRACTICE, Purpose
from shared.http.fields import LARGEST_ID, Choice, FlagWord, Identifier, Instant, Text, WholeWord
from shared.http.paging import PageQuery
from shared.http.v1 import V1PageQuery

V1_STATUSES: Mapping[MailState, str] = MappingProxyType(
    {
        **{state: state.value for state in MailState},
        # v1 never learned to wait for a reply, or to admit that there was none.
        MailState.HANDED_OVER: MailState.SENDING.value,
        MailState.UNKNOWN: MailState.SENDING.value,
    }
)
_V1_WORDS = tuple(dict.fromkeys(V1_STATUSES.values()))


class EmailQuery(PageQuery):
    bundle_id = WholeWord(1, LARGEST_ID)
    therapist_id = WholeWord(1, LARGEST_ID)
    patient_id = WholeWord(1, LARGEST_ID)
    purpose = Choice(Purpose)
    state = Choice(MailState)


class EmailAnswer(Schema):
    """To a practice, a patient or our own staff: `therapist_id`, `patient_id` or neither is set.

    `search_ids` are those of whom the mail speaks; of an inquiry: whom its letters A to F stand
    for, in their order. `due_at` is set while a mail waits on purpose. `created_by` wrote it by
    hand, `text` is what was written then.
    """

    id = Identifier()
    bundle_id = Identifier(allow_none=True)
    therapist_id = Identifier(allow_none=True)
    patient_id = Identifier(allow_none=True)
    purpose = Choice(Purpose)
    state = Choice(MailState)
    subject = fields.String()
    body_text = fields.String()
    body_html = fields.String()
    search_ids = fields.List(Identifier())
    recipient_email = fields.String(allow_none=True)
    recipient_name = fields.String(allow_none=True)
    sender_email = fields.String()
    sender_name = fields.String()
    message_id = fields.String()
    permit_id = fields.Integer(allow_none=True)
    attempts = fields.Integer()
    next_attempt_at = Instant(allow_none=True)
    due_at = Instant(allow_none=True)
    created_by = fields.String(allow_none=True)
    text = fields.String(attribute="written_text", allow_none=True)
    released_by = fields.String(allow_none=True)
    queued_at = Instant(allow_none=True)
    handed_over_at = Instant(allow_none=True)
    sent_at = Instant(allow_none=True)
    bounced_at = Instant(allow_none=True)
    reason = fields.String(attribute="error_message", allow_none=True)
    evidence = fields.String(allow_none=True)
    created_at = Instant()
    updated_at = Instant()
    version = fields.Integer()


class StaffMailBody(Schema):
    """`text` without salutation and greeting, which the letter has already; empty lines part its
    paragraphs."""

    therapist_id = Identifier(required=True)
    subject = Text(200, shortest=1, required=True)
    text = Text(20_000, shortest=1, required=True)


class StaffMailChange(Schema):
    subject = Text(200, shortest=1, required=True)
    text = Text(20_000, shortest=1, required=True)


class LetterQuery(Schema):
    purpose = Choice(TO_PRACTICE, load_default=Purpose.INQUIRY)


class LetterAnswer(Schema):
    """`source` is the whole mail as it goes over the wire; null while no address can be used."""

    bundle_id = Identifier()
    therapist_id = Identifier()
    purpose = Choice(TO_PRACTICE)
    search_ids = fields.List(Identifier())
    subject = fields.String(attribute="text.subject")
    body_text = fields.String(attribute="text.body_text")
    body_html = fields.String(attribute="text.body_html")
    recipient_email = fields.String(allow_none=True)
    source = fields.String(allow_none=True)


class EmailV1Query(V1PageQuery):
    therapist_id = WholeWord(1, LARGEST_ID)
    status = Choice(_V1_WORDS)
    response_received = FlagWord()
    batch_id = WholeWord(1, LARGEST_ID)


class EmailV1Item(Schema):
    """A mail in a list; the recipient is known from the hand-over on."""

    id = Identifier()
    therapist_id = Identifier()
    subject = fields.String()
    recipient_email = fields.String(allow_none=True)
    recipient_name = fields.String(allow_none=True)
    status = fields.Function(
        lambda mail: V1_STATUSES[MailState(mail.state)],
        metadata={"type": "string", "enum": _V1_WORDS},
    )
    created_at = Instant()
    sent_at = Instant(allow_none=True)
    response_received = fields.Boolean()
    response_date = Instant(allow_none=True)
    batch_id = Identifier(allow_none=True)


class EmailV1Answer(EmailV1Item):
    body_html = fields.String()
    body_text = fields.String()
    sender_email = fields.String()
    sender_name = fields.String()
    placement_request_ids = fields.List(Identifier())
    response_content = fields.String(allow_none=True)
    follow_up_required = fields.Boolean()
    follow_up_notes = fields.String(allow_none=True)
    queued_at = Instant(allow_none=True)
    error_message = fields.Function(
        lambda mail: why_not_sent(mail.error_message, mail.evidence),
        metadata={"type": ["string", "null"]},
    )
    retry_count = fields.Function(
        lambda mail: max(0, mail.attempts - 1), metadata={"type": "integer", "minimum": 0}
    )
    updated_at = Instant()


def v1_filters(query: Mapping[str, Any]) -> dict[str, Any]:
    """A v1 status stands for one state or several."""
    wanted = query.get("status")
    states = [state for state, shown in V1_STATUSES.items() if shown == wanted]
    return {**query, "states": states}
