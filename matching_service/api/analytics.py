"""/api/v2/analytics"""

from collections.abc import Sequence
from typing import Any

from matching_service.api import analytics_schemas as schemas
from matching_service.api.analytics_texts import DEFINITIONS, label
from matching_service.domain.analytics import (
    CLOCKS,
    EfficiencyBy,
    Number,
    Period,
    PlacementBy,
    PreferencesBy,
    Unknown,
)
from matching_service.domain.kaplan_meier import Step
from matching_service.use_cases import analytics
from matching_service.use_cases.analytics import Measured, Numbers
from matching_service.wiring import Wiring
from shared.contracts.berlin import berlin_day
from shared.http.declarations import query, returns, roles
from shared.http.resource import Call, Resource


class BundleEfficiency(Resource[Wiring]):
    @roles("staff")
    @query(schemas.EfficiencyQuery)
    @returns(schemas.EfficiencyAnswer)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Wie gut Bündel wirken: Zusagen, Antworten, Konflikte, Aufwand"""
        by = EfficiencyBy(call.query["by"]) if "by" in call.query else None
        found = analytics.bundle_efficiency(call.session, _period(call), by)
        return {
            **_view(found, by, _numbers),
            "skipped": [
                {"reason": reason, "share": _number(share, "skipped")}
                for reason, share in found.skipped.items()
            ],
            "contact_audit": found.audit,
        }


class TherapistPreferences(Resource[Wiring]):
    @roles("staff")
    @query(schemas.PreferencesQuery)
    @returns(schemas.PreferencesAnswer)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Wen Therapeuten annehmen und warum sie absagen; zu kleine Gruppen bleiben ungesagt"""
        by = PreferencesBy(call.query["by"]) if "by" in call.query else None
        limit = call.query["limit"]
        found = analytics.therapist_preferences(call.session, _period(call), by, limit)
        return _view(found, by, _preferences)


class PlacementTimes(Resource[Wiring]):
    @roles("staff")
    @query(schemas.PlacementQuery)
    @returns(schemas.PlacementAnswer)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Wie lange Patienten warten: bis zum Erstgespräch, bis zum Therapiebeginn"""
        by = PlacementBy(call.query["by"]) if "by" in call.query else None
        today = berlin_day(call.now)
        found = analytics.placement_times_of(call.session, _period(call), by, today)
        curve = {clock: [_step(step) for step in steps] for clock, steps in found.curve.items()}
        return {**_view(found, by, _waits), "curve": curve}


def _period(call: Call[Wiring]) -> Period:
    asked = call.query
    return Period.of(asked.get("from_"), asked.get("to"), berlin_day(call.now))


def _view(found: Measured, by: str | None, shown: Any) -> dict[str, Any]:
    groups: Sequence[tuple[str, Numbers]] = found.groups
    return {
        "from": found.period.first,
        "to": found.period.last,
        "by": by,
        "as_of": found.as_of,
        "total": shown(found.total),
        "groups": [
            {"key": key, "label": label(by or "", key), **shown(numbers)} for key, numbers in groups
        ],
        "groups_total": found.of_groups,
    }


def _numbers(numbers: Numbers) -> dict[str, Any]:
    return {name: _number(number, name) for name, number in numbers.items()}


def _preferences(numbers: Numbers) -> dict[str, Any]:
    rate = _number(numbers["acceptance_rate"], "preferences.acceptance_rate")
    return {**_numbers_but(numbers, "acceptance_rate"), "acceptance_rate": rate}


def _numbers_but(numbers: Numbers, left_out: str) -> dict[str, Any]:
    return _numbers({name: one for name, one in numbers.items() if name != left_out})


def _waits(numbers: Numbers) -> dict[str, Any]:
    """`first_meeting.mean_days` becomes mean_days inside first_meeting."""
    waits: dict[str, Any] = {clock: {} for clock in CLOCKS}
    for path, number in numbers.items():
        clock, _, name = path.rpartition(".")
        (waits[clock] if clock else waits)[name] = _number(number, name)
    return waits


def _step(step: Step) -> dict[str, Any]:
    share, of = step.still_waiting, step.searches
    number = Number(share, step.at_risk, of, Unknown.NO_DATA if share is None else None)
    return {
        "day": step.day,
        "at_risk": step.at_risk,
        "events": step.events,
        "censored": step.censored,
        "still_waiting": _number(number, "still_waiting"),
    }


def _number(number: Number, name: str) -> dict[str, Any]:
    return {
        "value": number.value,
        "numerator": number.numerator,
        "denominator": number.denominator,
        "reason": number.reason,
        "definition": DEFINITIONS[name],
    }
