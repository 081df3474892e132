"""Bodies and answers of the matching service."""

from typing import Any

from marshmallow import Schema, fields, validate

from matching_service.api.conflict_schemas import ConflictAnswer
from matching_service.api.reason_texts import REASONS, reason_text
from matching_service.domain.lifecycle import (
    AcceptanceEnd,
    InquiryState,
    SearchEnd,
    SearchStatus,
)
from matching_service.domain.responses import Outcome
from shared.http.fields import (
    Choice,
    Day,
    Flag,
    FlagWord,
    Identifier,
    Instant,
    Text,
    Whole,
    WholeWord,
)
from shared.http.paging import PageQuery

_NOTES = 5000
_END_REASONS = tuple(dict.fromkeys([*SearchEnd, *AcceptanceEnd]))
PURPOSES = (
    "inquiry",
    "reminder",
    "v1_batch",
    "call",
    "confirmation",
    "conflict_notice",
    "withdrawal_notice",
    "staff_mail",
)


class Override(Schema):
    reason = Text(500, shortest=1, required=True)


class SearchBody(Schema):
    patient_id = Identifier(required=True)
    requested_contacts = Whole(1, 100)
    notes = Text(_NOTES, allow_none=True)
    override = fields.Nested(Override, allow_none=True)


class SearchPatch(Schema):
    notes = Text(_NOTES, allow_none=True)
    first_meeting_on = Day(allow_none=True)
    sessions_held = Whole(0, 1000)
    therapy_starts_on = Day(allow_none=True)


class ExclusionAnswer(Schema):
    """Of source `patient` are those of the patient's own list, about which no more is known."""

    therapist_id = Identifier()
    source = Choice(["patient", "staff", "response", "trial"])
    reason = fields.String(allow_none=True)
    excluded_at = Instant(allow_none=True)
    excluded_by = fields.String(allow_none=True)


class SearchAnswer(Schema):
    id = Identifier()
    patient_id = Identifier()
    status = Choice(SearchStatus)
    created_at = Instant()
    requested_at = Instant()
    success_date = Instant(allow_none=True)
    resume_date = Day(allow_none=True)
    accepted_at = Instant(allow_none=True)
    accepted_therapist_id = Identifier(allow_none=True)
    first_meeting_on = Day(allow_none=True)
    sessions_held = fields.Integer()
    therapy_starts_on = Day(allow_none=True)
    end_reason = fields.String(allow_none=True)
    notes = fields.String(allow_none=True)
    total_requested_contacts = fields.Integer()
    used_contacts = fields.Integer()
    open_inquiries = fields.Integer()
    answered_inquiries = fields.Integer()
    waiting_days = fields.Integer()
    paused_days = fields.Integer()
    excluded_therapists = fields.List(fields.Nested(ExclusionAnswer))
    version = fields.Integer()


class SearchQuery(PageQuery):
    sort = Choice(["created_at", "-created_at", "waiting"], load_default="created_at")
    status = Choice(SearchStatus)
    patient_id = WholeWord(1, 2**31 - 1)
    q = WholeWord(1, 2**31 - 1, metadata={"description": "Patientennummer"})
    unfinished = FlagWord()
    plz_prefix = Text(5)
    waiting_longer_than_days = WholeWord(0, 10_000)


class HistoryItem(Schema):
    id = fields.Integer()
    at = Instant()
    actor = fields.String()
    kind = fields.String()
    from_ = fields.String(data_key="from", allow_none=True)
    to = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    ref = fields.String(allow_none=True)


class HistoryQuery(PageQuery):
    """`created_at` of a line is `at`."""


class ContactRequestBody(Schema):
    requested_count = Whole(1, 100, required=True)
    notes = Text(_NOTES, allow_none=True)


class ContactRequestAnswer(Schema):
    id = Identifier()
    requested_count = fields.Integer()
    requested_date = Instant()
    created_by = fields.String()
    total_requested_contacts = fields.Integer()


class TransitionBody(Schema):
    to = Choice(SearchStatus, required=True)
    reason = Text(500, allow_none=True)
    end_reason = Choice(_END_REASONS)
    resume_date = Day(allow_none=True)
    first_meeting_on = Day(allow_none=True)
    sessions_held = Whole(0, 1000)
    therapy_starts_on = Day(allow_none=True)
    patient_continues = Flag()


class Assignment(Schema):
    therapist_id = Identifier(required=True)
    search_id = Identifier(required=True)


class BundleOrder(Schema):
    therapist_ids = fields.List(Identifier(), validate=validate.Length(max=50_000))
    max_bundles = Whole(1, 100_000)
    plz_prefix = Text(5)
    min_size = Whole(3, 6)
    max_size = Whole(3, 6)
    send = Flag(load_default=False)
    pinned = fields.List(fields.Nested(Assignment), load_default=list)
    excluded = fields.List(fields.Nested(Assignment), load_default=list)
    plan_id = fields.UUID()
    override = fields.Nested(Override, allow_none=True)


class ReasonText(fields.String):
    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> Any:  # noqa: ARG002
        return reason_text(obj["code"], obj["detail"])


class ReasonAnswer(Schema):
    """`text` is for people, `code` for programs."""

    code = fields.String(metadata={"description": ", ".join(REASONS)})
    detail = fields.Dict()
    text = ReasonText()


class BundlePatient(Schema):
    """`ended_at`: until then an accepted patient had the place."""

    position = fields.Integer()
    search_id = Identifier()
    patient_id = Identifier()
    status = fields.String()
    outcome = fields.String(allow_none=True)
    outcome_notes = fields.String(allow_none=True)
    ended_at = Instant(allow_none=True)
    distance_km = fields.Float(allow_none=True)
    relaxed = fields.List(fields.String())
    reasons = fields.List(fields.Nested(ReasonAnswer))


class BundleAnswer(Schema):
    """`close_reason`: why it was closed or cancelled, where it was: `emptied` when nobody was left
    to ask for, `no_response`, `contact_refused`, `expired`, `staff`, or why the therapist was lost.
    """

    id = Identifier(allow_none=True)
    therapist_id = Identifier()
    state = Choice(InquiryState)
    bundle_size = fields.Integer()
    size_exception = fields.String(allow_none=True)
    created_date = Instant(allow_none=True)
    sent_date = Instant(allow_none=True)
    sent_method = fields.String(allow_none=True)
    response_date = Instant(allow_none=True)
    response_type = fields.String(allow_none=True)
    accepted_count = fields.Integer()
    placed_count = fields.Integer()
    close_reason = fields.String(allow_none=True)
    staff_notes = fields.String(allow_none=True)
    follow_up_due_on = Day(allow_none=True)
    email_id = Identifier(allow_none=True)
    phone_call_id = Identifier(allow_none=True)
    version = fields.Integer(allow_none=True)
    patients = fields.List(fields.Nested(BundlePatient))


class RemovedAnswer(Schema):
    search_id = Identifier()
    reasons = fields.List(fields.Nested(ReasonAnswer))


class SentBundleAnswer(BundleAnswer):
    """`removed`: who no longer fitted when it was sent."""

    removed = fields.List(fields.Nested(RemovedAnswer))


class SkippedAnswer(Schema):
    therapist_id = Identifier()
    reason = fields.String()
    detail = fields.Dict()


class UnplacedAnswer(Schema):
    search_id = Identifier()
    reason = fields.String()


class CertificateAnswer(Schema):
    """What the plan is worth, what no plan for the same people can exceed, and the difference as a
    share of the latter."""

    value = fields.Float()
    bound = fields.Float()
    gap = fields.Float()


class _Ready(fields.List[Any]):
    """Items that look like their schema already: a plan leaves hundreds over, and taking each
    apart would take longer than planning."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return value


class PlanAnswer(Schema):
    plan_id = fields.String()
    bundles = fields.List(fields.Nested(BundleAnswer))
    skipped = fields.List(fields.Nested(SkippedAnswer))
    unplaced = _Ready(fields.Nested(UnplacedAnswer))
    certificate = fields.Nested(CertificateAnswer, allow_none=True)
    elapsed_ms = fields.Float()


class BundleQuery(PageQuery):
    therapist_id = WholeWord(1, 2**31 - 1)
    search_id = WholeWord(1, 2**31 - 1)
    state = Choice(InquiryState)
    open = FlagWord()
    needs_follow_up = FlagWord()


class BundlePatch(Schema):
    """`add` and `remove` only in drafts."""

    staff_notes = Text(_NOTES, allow_none=True)
    add = fields.List(Identifier(), validate=validate.Length(max=100))
    remove = fields.List(Identifier(), validate=validate.Length(max=100))


class OutcomeBody(Schema):
    search_id = Identifier(required=True)
    outcome = Choice(Outcome, required=True)
    notes = Text(_NOTES, allow_none=True)


class ResponseBody(Schema):
    responses = fields.List(
        fields.Nested(OutcomeBody), required=True, validate=validate.Length(1, 100)
    )
    channel = Choice(["email", "phone", "portal", "letter"], required=True)
    responded_at = Instant()
    notes = Text(_NOTES, allow_none=True)
    correction = fields.Nested(Override, allow_none=True)


class ResponseAnswer(Schema):
    bundle = fields.Nested(BundleAnswer)
    next_contactable_date = Day(allow_none=True)
    conflicts = fields.List(fields.Nested(ConflictAnswer))


class CoolingOverrideBody(Override):
    """Under a name of its own: apispec takes a body and a nested field for two schemas."""


class OverrideAnswer(Schema):
    actor = fields.String()
    reason = fields.String()
    at = Instant()


class CoolingAnswer(Schema):
    id = fields.Integer()
    mailbox_key = fields.String()
    therapist_ids = fields.List(Identifier())
    from_ = Instant(data_key="from", attribute="from")
    next_contactable_date = Day()
    cause = fields.String()
    bundle_id = Identifier(allow_none=True)
    override = fields.Nested(OverrideAnswer, allow_none=True)


class CoolingQuery(Schema):
    active = FlagWord()
    limit = WholeWord(1, 500, load_default=50)
    cursor = WholeWord(1, 2**53)


class CoolingPage(Schema):
    data = fields.List(fields.Nested(CoolingAnswer))
    total = fields.Integer()
    next = fields.String(allow_none=True)


class PermitBody(Schema):
    therapist_id = Identifier(required=True)
    purpose = Choice(PURPOSES, required=True)
    inquiry_id = Identifier(allow_none=True)


class PermitAnswer(Schema):
    id = fields.Integer()
    therapist_id = Identifier()
    purpose = fields.String()
    inquiry_id = Identifier(allow_none=True)
    valid_until = Instant()
    claimed_at = Instant(allow_none=True)
