"""Replies as they are listed, read and decided."""

from marshmallow import Schema, fields, validate

from communication_service.api.call_schemas import PatientResponseBody
from communication_service.domain.answer_page import Outcome
from communication_service.domain.bounces import Verdict
from communication_service.domain.reply_matching import Unmatched
from communication_service.domain.reply_proposal import Unread
from communication_service.storage.replies import KINDS, STATES
from shared.http.fields import (
    LARGEST_ID,
    Choice,
    FlagWord,
    Identifier,
    Instant,
    Text,
    Whole,
    WholeWord,
)
from shared.http.paging import PageQuery

_MOST_SEARCHES = 100


class ReplyQuery(PageQuery):
    """`unconfirmed`: those that still wait for a person."""

    unconfirmed = FlagWord()
    bundle_id = WholeWord(1, LARGEST_ID)
    therapist_id = WholeWord(1, LARGEST_ID)
    kind = Choice(KINDS)
    state = Choice(STATES)


class ProposedOutcome(Schema):
    """What a machine believes to have read; `reason` says why it proposes nothing."""

    letter = fields.String()
    search_id = Identifier()
    outcome = Choice(Outcome, allow_none=True)
    reason = Choice(Unread, allow_none=True)


class ConfirmedOutcome(Schema):
    search_id = Identifier()
    outcome = Choice(Outcome)


class ReplyItem(Schema):
    """`bundle_id` is only a guess while `unmatched` says why nobody can be sure.

    `verdict` is what a report of non-delivery says of our mail `email_id`.
    """

    id = Identifier()
    kind = Choice(KINDS)
    state = Choice(STATES)
    received_at = Instant()
    created_at = Instant(attribute="read_at")
    email_id = Identifier(allow_none=True)
    bundle_id = Identifier(allow_none=True)
    therapist_id = Identifier(allow_none=True)
    unmatched = Choice(Unmatched, allow_none=True)
    verdict = Choice(Verdict, allow_none=True)
    proposal = fields.List(fields.Nested(ProposedOutcome))
    confirmed = fields.List(fields.Nested(ConfirmedOutcome), allow_none=True)
    decided_at = Instant(allow_none=True)
    decided_by = fields.String(allow_none=True)
    dismiss_reason = fields.String(allow_none=True)
    forgotten_at = Instant(allow_none=True)
    version = fields.Integer()


class ReplyWords(Schema):
    sender = fields.String()
    subject = fields.String()
    text = fields.String()


class ReplyAnswer(Schema):
    """`words` is null once it is forgotten, and of what machines have reported."""

    reply = fields.Nested(ReplyItem)
    words = fields.Nested(ReplyWords, allow_none=True)


class ConfirmBody(Schema):
    """`bundle_id`: needed where the reply is `unmatched`."""

    responses = fields.List(
        fields.Nested(PatientResponseBody),
        required=True,
        validate=validate.Length(min=1, max=_MOST_SEARCHES),
    )
    bundle_id = Whole(1, LARGEST_ID)


class DismissBody(Schema):
    reason = Text(500, shortest=1, required=True)
