"""What old clients send of mails, and how the requests in a mail look. Deprecated."""

from marshmallow import Schema, fields, validate

from communication_service.domain.mail_states import MailState
from shared.http.fields import Choice, Flag, Identifier, Instant, MailAddress, Text, Whole

MOST_REQUESTS = 5
_BODY, _LINE, _NOTES = 40_000, 255, 10_000
_HIGHEST_PRIORITY = 1000
_STATUSES = (
    *(MailState.DRAFT, MailState.QUEUED, MailState.SENDING),
    *(MailState.SENT, MailState.FAILED),
)
OUTCOMES = ("accepted", "rejected", "needs_follow_up")


class EmailV1Body(Schema):
    """`recipient_email` is the therapist's own address, `sender_email` ours. Without `body_text`
    the words of `body_html` are read out."""

    therapist_id = Identifier(required=True)
    subject = Text(_LINE, shortest=1, required=True)
    body_html = Text(_BODY, shortest=1, required=True)
    body_text = Text(_BODY)
    recipient_email = MailAddress(required=True)
    recipient_name = Text(_LINE, shortest=1, required=True)
    sender_email = MailAddress()
    sender_name = Text(_LINE)
    status = Choice([MailState.DRAFT, MailState.QUEUED])
    placement_request_ids = fields.List(Identifier(), validate=validate.Length(max=MOST_REQUESTS))
    batch_id = Identifier(allow_none=True)


class EmailV1Change(Schema):
    """A client sets DRAFT and QUEUED alone; the other words only say how it stands already."""

    status = Choice(_STATUSES)
    response_received = Flag()
    response_date = Instant(allow_none=True)
    response_content = Text(_NOTES, allow_none=True)
    follow_up_required = Flag()
    follow_up_notes = Text(_NOTES, allow_none=True)


class EmailBatchBody(Schema):
    placement_request_id = Identifier(required=True)
    priority = Whole(1, _HIGHEST_PRIORITY)
    included = Flag()


class EmailBatchChange(Schema):
    priority = Whole(1, _HIGHEST_PRIORITY)
    included = Flag()
    response_outcome = Choice(OUTCOMES, allow_none=True)
    response_notes = Text(_NOTES, allow_none=True)


class EmailBatchAnswer(Schema):
    id = Identifier()
    email_id = Identifier()
    placement_request_id = Identifier()
    priority = fields.Integer()
    included = fields.Boolean()
    response_outcome = Choice(OUTCOMES, allow_none=True)
    response_notes = fields.String(allow_none=True)
    created_at = Instant()
    updated_at = Instant()
