"""Calls as they are asked for, reported and shown, in v2 and v1."""

import re
from datetime import time
from typing import Any

from marshmallow import Schema, fields, validate

from communication_service.domain.calls import CallOutcome, CallReason, CallStatus
from communication_service.domain.unknown import UnknownReason
from shared.http.fields import (
    LARGEST_ID,
    Choice,
    Day,
    Flag,
    Identifier,
    Instant,
    Text,
    Whole,
    WholeWord,
)
from shared.http.paging import PageQuery
from shared.http.v1 import V1PageQuery

LONGEST_CALL_MINUTES = 240
_MOST_REQUESTS = 100
_MOST_SEARCHES = 100
_NOTES = 5000
OUTCOMES = ("accepted", "rejected_capacity", "rejected_not_suitable", "rejected_other")
_CLOCK = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")


class Clock(fields.Time):
    """HH:MM, as clocks in Berlin show it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)
        self.metadata = {"pattern": f"^{_CLOCK.pattern}$", "format": "clock", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> time:
        if not isinstance(value, str) or not _CLOCK.fullmatch(value):
            raise self.make_error("invalid", input=value, obj_type="time")
        return super()._deserialize(value, attr, data, **kwargs)


class CallQuery(PageQuery):
    """`date` is a day in Berlin."""

    date = Day(attribute="scheduled_date")
    bundle_id = WholeWord(1, LARGEST_ID)
    therapist_id = WholeWord(1, LARGEST_ID)
    status = Choice(CallStatus)
    sort = Choice(["starts_at", "-starts_at"], load_default="starts_at")


class CallAnswer(Schema):
    """`script` is what is to be said, as of when it was last written; `search_ids` are whom its
    letters A to F stand for. `assumed_hours` says why the practice's own hours were not used."""

    id = Identifier()
    bundle_id = Identifier(allow_none=True)
    therapist_id = Identifier()
    attempt = fields.Integer(allow_none=True)
    reason = Choice(CallReason, allow_none=True)
    status = Choice(CallStatus)
    starts_at = Instant()
    scheduled_date = Day()
    scheduled_time = Clock()
    duration_minutes = fields.Integer()
    line = fields.Integer()
    assumed_hours = Choice(UnknownReason, allow_none=True)
    script = fields.String(allow_none=True)
    search_ids = fields.List(Identifier())
    permit_id = fields.Integer(allow_none=True)
    started_at = Instant(allow_none=True)
    started_by = fields.String(allow_none=True)
    actual_date = Day(allow_none=True)
    actual_time = Clock(allow_none=True)
    outcome = fields.String(allow_none=True)
    retry_after = Day(allow_none=True)
    notes = fields.String(allow_none=True)
    ended_at = Instant(allow_none=True)
    ended_by = fields.String(allow_none=True)
    created_at = Instant()
    updated_at = Instant()
    version = fields.Integer()


class StartedCallAnswer(Schema):
    """Whom to call, under which number: told only to whoever calls now."""

    call = fields.Nested(CallAnswer)
    therapist_name = fields.String(attribute="practice.name")
    phone = fields.String(attribute="practice.phone")


class PatientResponseBody(Schema):
    search_id = Identifier(required=True)
    outcome = Choice(OUTCOMES, required=True)
    notes = Text(_NOTES, allow_none=True)


class CallReportBody(Schema):
    """`responses`, when somebody was reached, about everybody in the bundle."""

    outcome = Choice(CallOutcome, required=True)
    responses = fields.List(
        fields.Nested(PatientResponseBody), validate=validate.Length(min=1, max=_MOST_SEARCHES)
    )
    call_back_on = Day(allow_none=True)
    notes = Text(_NOTES, allow_none=True)


class CallV1Query(V1PageQuery):
    therapist_id = WholeWord(1, LARGEST_ID)
    status = Choice(CallStatus)
    scheduled_date = Day()


class CallV1Answer(Schema):
    id = Identifier()
    therapist_id = Identifier()
    scheduled_date = Day()
    scheduled_time = Clock()
    duration_minutes = fields.Integer()
    actual_date = Day(allow_none=True)
    actual_time = Clock(allow_none=True)
    status = Choice(CallStatus)
    outcome = fields.String(allow_none=True)
    notes = fields.String(allow_none=True)
    retry_after = Day(allow_none=True)
    created_at = Instant()
    updated_at = Instant()


class CallV1Body(Schema):
    therapist_id = Identifier(required=True)
    scheduled_date = Day()
    scheduled_time = Clock()
    duration_minutes = Whole(1, LONGEST_CALL_MINUTES)
    status = Choice([CallStatus.SCHEDULED])
    notes = Text(_NOTES, allow_none=True)
    placement_request_ids = fields.List(Identifier(), validate=validate.Length(max=_MOST_REQUESTS))


class CallV1Change(Schema):
    scheduled_date = Day()
    scheduled_time = Clock()
    duration_minutes = Whole(1, LONGEST_CALL_MINUTES)
    actual_date = Day(allow_none=True)
    actual_time = Clock(allow_none=True)
    status = Choice(CallStatus)
    outcome = Text(_NOTES, allow_none=True)
    notes = Text(_NOTES, allow_none=True)
    retry_after = Day(allow_none=True)


class CallBatchAnswer(Schema):
    id = Identifier()
    phone_call_id = Identifier()
    placement_request_id = Identifier()
    priority = fields.Integer()
    discussed = fields.Boolean()
    outcome = fields.String(allow_none=True)
    follow_up_required = fields.Boolean()
    follow_up_notes = fields.String(allow_none=True)
    created_at = Instant()


class CallBatchChange(Schema):
    priority = Whole(1, 1000)
    discussed = Flag()
    outcome = Text(_NOTES, allow_none=True)
    follow_up_required = Flag()
    follow_up_notes = Text(_NOTES, allow_none=True)
