"""The numbers of the business for a period: as a whole, and group by group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from matching_service.domain.analytics import (
    COUNTS,
    EFFICIENCY,
    HIDDEN,
    NOT_BY_THIS,
    EfficiencyBy,
    Number,
    Period,
    PlacementBy,
    PreferencesBy,
    Unknown,
    share,
    to_hide,
)
from matching_service.storage import analytics, placement_times
from matching_service.storage.analytics import Parts
from matching_service.storage.audit_tables import ContactAudit
from matching_service.storage.contact_audits import latest_audit
from matching_service.storage.placement_times import CLOCKS

Numbers = Mapping[str, Number]
REFUSALS = ("refused_capacity", "refused_not_suitable", "refused_other")


@dataclass(frozen=True)
class Measured:
    """`groups`: (key, numbers) in the order in which they are shown; `of_groups`: how many there
    are, shown or not. `as_of` is None before the first look."""

    period: Period
    as_of: datetime | None
    total: Numbers
    groups: Sequence[tuple[str, Numbers]]
    of_groups: int


@dataclass(frozen=True)
class Efficiency(Measured):
    """`skipped`: of the therapists whom waves asked for, the share passed over, by reason."""

    skipped: Numbers
    audit: ContactAudit | None


@dataclass(frozen=True)
class PlacementTimes(Measured):
    """`curve`: for each clock who still waits after so many days."""

    curve: Mapping[str, Sequence[Row[Any]]]


def bundle_efficiency(session: Session, period: Period, by: EfficiencyBy | None) -> Efficiency:
    whole = analytics.efficiency(session, period, "all").get("", {})
    parts = analytics.efficiency(session, period, by) if by else {}
    skips = analytics.efficiency(session, period, "skip_reason")
    _, asked = whole.get("creation_success", (0, 0))
    return Efficiency(
        period=period,
        as_of=analytics.as_of(session),
        total=_efficiency(whole, None),
        groups=[(key, _efficiency(measures, by)) for key, measures in parts.items()],
        of_groups=len(parts),
        skipped={why: share(found["creation_success"][0], asked) for why, found in skips.items()},
        audit=latest_audit(session),
    )


def _efficiency(parts: Mapping[str, Parts], by: EfficiencyBy | None) -> Numbers:
    return {
        name: NOT_BY_THIS if by and by not in known else _number(name, *parts.get(name, (0, 0)))
        for name, known in EFFICIENCY.items()
    }


def _number(measure: str, numerator: int, denominator: int) -> Number:
    if measure in COUNTS and denominator:
        return Number(numerator, numerator, denominator)
    return share(numerator, denominator)


def therapist_preferences(
    session: Session, period: Period, by: PreferencesBy | None, limit: int
) -> Measured:
    """`limit`: of therapists those who answered most; other groups are few and all shown."""
    whole = analytics.answers(session, period, "all")
    of_therapists = by is PreferencesBy.THERAPIST
    rows = analytics.answers(session, period, by, limit if of_therapists else None) if by else ()
    hidden: frozenset[str] = frozenset()
    if by and not of_therapists:
        hidden = to_hide(analytics.patients_in_groups(session, period, by))
    return Measured(
        period=period,
        as_of=analytics.as_of(session),
        total=_preferences(whole[0] if whole else None),
        groups=[(row.key, _preferences(row, hide=row.key in hidden)) for row in rows],
        of_groups=rows[0].groups if rows else 0,
    )


def _preferences(row: Row[Any] | None, *, hide: bool = False) -> Numbers:
    names = {"acceptance_rate": "accepted", **{name: name for name in REFUSALS}}
    if hide:
        return dict.fromkeys(names, HIDDEN)
    if row is None:
        return {name: share(0, 0) for name in names}
    return {
        name: share(int(getattr(row, column)), int(row.answers)) for name, column in names.items()
    }


def placement_times_of(
    session: Session, period: Period, by: PlacementBy | None, today: date
) -> PlacementTimes:
    total = _waits(session, period, None, today)
    groups = _waits(session, period, by, today) if by else {}
    curve: dict[str, list[Row[Any]]] = {clock: [] for clock in CLOCKS}
    for step in placement_times.curve(session, period, today):
        curve[CLOCKS[step.clock]].append(step)
    return PlacementTimes(
        period=period,
        as_of=analytics.as_of(session),
        total=total.get("", _no_waits()),
        groups=list(groups.items()),
        of_groups=len(groups),
        curve=curve,
    )


def _waits(
    session: Session, period: Period, by: PlacementBy | None, today: date
) -> dict[str, Numbers]:
    rested = placement_times.pauses(session, period, by, today)
    hidden: frozenset[str] = frozenset()
    if by in (PlacementBy.INSURANCE, PlacementBy.REGION):
        hidden = to_hide({key: searches for key, (_, searches) in rested.items()})
    groups = {key: {"paused_days": share(*parts)} for key, parts in sorted(rested.items())}
    for row in placement_times.waits(session, period, by, today):
        groups[row.key] |= _wait(row)
    return {
        key: dict.fromkeys(numbers, HIDDEN) if key in hidden else numbers
        for key, numbers in groups.items()
    }


def _wait(row: Row[Any]) -> dict[str, Number]:
    searches, events = int(row.searches), int(row.events)
    horizon = placement_times.HORIZON_DAYS if row.least_waiting == 0 else row.horizon_days

    def count(found: int) -> Number:
        return Number(found, found, searches)

    numbers = {
        "mean_days": Number(float(row.mean_days), events, searches),
        "median_days": Number(row.median_days, events, searches)
        if row.median_days is not None
        else Number(None, events, searches, Unknown.NOT_REACHED),
        "horizon_days": count(horizon),
        "events": count(events),
        "censored": count(int(row.censored)),
        "at_risk_at_horizon": count(int(row.at_risk_at_horizon)),
    }
    return {f"{CLOCKS[row.clock]}.{name}": number for name, number in numbers.items()}


def _no_waits() -> Numbers:
    names = (
        *("mean_days", "median_days", "horizon_days", "events", "censored"),
        "at_risk_at_horizon",
    )
    waits = {f"{clock}.{name}": share(0, 0) for clock in CLOCKS for name in names}
    return {"paused_days": share(0, 0), **waits}
