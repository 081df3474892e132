"""Bodies and answers of what staff do with searches."""

from datetime import date
from typing import Any

from marshmallow import Schema, fields, validate, validates_schema

from matching_service.api.cursors import KeyCursor
from matching_service.api.reason_texts import need_text
from matching_service.api.schemas import Override, ReasonAnswer
from matching_service.domain.lifecycle import SearchStatus
from matching_service.use_cases.eligible_therapists import FARTHEST_KM
from shared.http.fields import (
    Choice,
    Day,
    FlagWord,
    Identifier,
    Instant,
    Text,
    WholeWord,
    invalid,
)
from shared.http.paging import DEFAULT_LIMIT, LARGEST_LIMIT

_LARGEST_ID = 2**31 - 1
_DIGITS = validate.Regexp("^[0-9]{1,5}$", error="Ein bis fünf Ziffern.")


class ExclusionBody(Schema):
    therapist_id = Identifier(required=True)
    reason = Text(500, shortest=1, required=True)


class NeedText(fields.String):
    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> Any:  # noqa: ARG002
        return need_text(obj["code"], obj["detail"])


class NeedAnswer(Schema):
    code = fields.String()
    detail = fields.Dict()
    text = NeedText()


class EligibleQuery(Schema):
    cursor = KeyCursor(int, int, int, float, int)
    limit = WholeWord(1, LARGEST_LIMIT, load_default=DEFAULT_LIMIT)
    include_ineligible = FlagWord(load_default=False)
    within_km = WholeWord(
        1, FARTHEST_KM, metadata={"description": "wie weit auch Ungeeignete gezeigt werden"}
    )
    therapist_id = WholeWord(
        1, _LARGEST_ID, metadata={"description": "nur dieser Therapeut, wo er auch ist"}
    )


class StaffEligibleQuery(EligibleQuery):
    """Either a search or the beginning of a postcode."""

    search_id = WholeWord(1, _LARGEST_ID)
    plz_prefix = Text(5, validate=_DIGITS)

    @validates_schema
    def either_or(self, data: dict[str, Any], **_: Any) -> None:
        if ("search_id" in data) == ("plz_prefix" in data):
            raise invalid("either_or", "Entweder search_id oder plz_prefix.", "search_id")
        for name in ("within_km", "therapist_id"):
            if name in data and "plz_prefix" in data:
                raise invalid("either_or", "Nur zusammen mit search_id.", name)


class EligibleTherapist(Schema):
    """`reasons` stand in the way, `preferences` only weigh."""

    therapist_id = Identifier()
    eligible = fields.Boolean()
    rank = fields.Integer(allow_none=True)
    distance_km = fields.Float(allow_none=True)
    approximate = fields.Boolean()
    reasons = fields.List(fields.Nested(ReasonAnswer))
    would_need = fields.List(fields.Nested(NeedAnswer))
    preferences = fields.List(fields.Nested(ReasonAnswer))


class EligiblePage(Schema):
    """`obstacles` keep every therapist from being asked on behalf of the search."""

    search_id = Identifier(allow_none=True)
    status = Choice(SearchStatus, allow_none=True)
    obstacles = fields.List(fields.Nested(ReasonAnswer))
    within_km = fields.Integer(allow_none=True)
    data = fields.List(fields.Nested(EligibleTherapist))
    total = fields.Integer()
    next = fields.String(allow_none=True)


class AssignmentBody(Schema):
    therapist_id = Identifier(required=True)
    search_id = Identifier(required=True)
    reason = Text(500, shortest=1, required=True)
    override_cooling = fields.Nested(Override, allow_none=True)


class TaskQuery(Schema):
    cursor = KeyCursor(bool, date, int)
    limit = WholeWord(1, LARGEST_LIMIT, load_default=DEFAULT_LIMIT)
    kind = Text(50)
    state = Choice(["open", "done"])


class TaskAnswer(Schema):
    """`ref` is what the task is about: a bundle, a search or a conflict, by id. `detail`: ids and
    codes. The ids beside it are those that are known."""

    id = fields.Integer()
    kind = fields.String()
    text = fields.String()
    state = Choice(["open", "done"])
    due_on = Day()
    created_at = Instant()
    ref = fields.String()
    ref_id = fields.Integer()
    search_id = Identifier(allow_none=True)
    bundle_id = Identifier(allow_none=True)
    therapist_id = Identifier(allow_none=True)
    detail = fields.Dict()
    done_at = Instant(allow_none=True)
    done_by = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class TaskPage(Schema):
    data = fields.List(fields.Nested(TaskAnswer))
    total = fields.Integer()
    next = fields.String(allow_none=True)


class DoneBody(Schema):
    note = Text(500, allow_none=True)
