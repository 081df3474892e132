"""Questions to and answers of the analytics."""

from marshmallow import Schema, fields

from matching_service.domain.analytics import (
    CLOCKS,
    EFFICIENCY,
    EfficiencyBy,
    PlacementBy,
    PreferencesBy,
    Unknown,
)
from matching_service.use_cases.analytics import REFUSALS
from shared.http.fields import Choice, Day, Instant, WholeWord

_INCLUDED = "Tag in Berlin, einschließlich"


class PeriodQuery(Schema):
    """Without `to` until today, without `from` the year that ends with `to`."""

    from_ = Day(data_key="from", metadata={"description": _INCLUDED})
    to = Day(metadata={"description": _INCLUDED})


class EfficiencyQuery(PeriodQuery):
    by = Choice(EfficiencyBy)


class PreferencesQuery(PeriodQuery):
    by = Choice(PreferencesBy)
    limit = WholeWord(
        1,
        500,
        load_default=50,
        metadata={"description": "wie viele Therapeuten; die mit den meisten Antworten"},
    )


class PlacementQuery(PeriodQuery):
    by = Choice(PlacementBy)


class NumberAnswer(Schema):
    """`value` null: not known, and `reason` says why. It is never 0 instead."""

    value = fields.Float(allow_none=True)
    numerator = fields.Integer(allow_none=True)
    denominator = fields.Integer(allow_none=True)
    definition = fields.String()
    reason = Choice(Unknown, allow_none=True)


def _numbers(name: str, *measures: str) -> type[Schema]:
    return Schema.from_dict({one: fields.Nested(NumberAnswer) for one in measures}, name=name)


def _group_of(numbers: type[Schema], name: str) -> type[Schema]:
    return type(name, (numbers,), {"key": fields.String(), "label": fields.String()})


class MeasuredAnswer(Schema):
    """`as_of`: the state that the numbers tell of; null before they were first counted."""

    from_ = Day(data_key="from", attribute="from")
    to = Day()
    by = fields.String(allow_none=True)
    as_of = Instant(allow_none=True)
    groups_total = fields.Integer()


EfficiencyNumbers = _numbers("EfficiencyNumbers", *EFFICIENCY)
PreferencesNumbers = _numbers("PreferencesNumbers", "acceptance_rate", *REFUSALS)
WaitNumbers = _numbers(
    "WaitNumbers",
    *("mean_days", "median_days", "horizon_days", "events", "censored", "at_risk_at_horizon"),
)
PlacementNumbers = Schema.from_dict(
    {
        "paused_days": fields.Nested(NumberAnswer),
        **{clock: fields.Nested(WaitNumbers) for clock in CLOCKS},
    },
    name="PlacementNumbers",
)
EfficiencyGroup = _group_of(EfficiencyNumbers, "EfficiencyGroup")
PreferencesGroup = _group_of(PreferencesNumbers, "PreferencesGroup")
PlacementGroup = _group_of(PlacementNumbers, "PlacementGroup")


class SkipAnswer(Schema):
    reason = fields.String()
    share = fields.Nested(NumberAnswer)


class AuditAnswer(Schema):
    """The last nightly look at all contacts there ever were."""

    ran_at = Instant()
    checked = fields.Integer()
    violations = fields.Integer()


class EfficiencyAnswer(MeasuredAnswer):
    total = fields.Nested(EfficiencyNumbers)
    groups = fields.List(fields.Nested(EfficiencyGroup))
    skipped = fields.List(fields.Nested(SkipAnswer))
    contact_audit = fields.Nested(AuditAnswer, allow_none=True)


class PreferencesAnswer(MeasuredAnswer):
    total = fields.Nested(PreferencesNumbers)
    groups = fields.List(fields.Nested(PreferencesGroup))


class CurveStep(Schema):
    day = fields.Integer()
    at_risk = fields.Integer()
    events = fields.Integer()
    censored = fields.Integer()
    still_waiting = fields.Nested(NumberAnswer)


CurveAnswer = Schema.from_dict(
    {clock: fields.List(fields.Nested(CurveStep)) for clock in CLOCKS}, name="CurveAnswer"
)


class PlacementAnswer(MeasuredAnswer):
    total = fields.Nested(PlacementNumbers)
    groups = fields.List(fields.Nested(PlacementGroup))
    curve = fields.Nested(CurveAnswer)
