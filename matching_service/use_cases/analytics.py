"""The numbers of the business for a period: as a whole, and group by group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from matching_service.domain.analytics import (
    CLOCKS,
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
from matching_service.domain.kaplan_meier import HORIZON_DAYS, Step, Waits
from matching_service.storage import analytics, placement_times
from matching_service.storage.analytics import Parts
from matching_service.storage.audit_tables import ContactAudit
from matching_service.storage.contact_audits import latest_audit

Numbers = Mapping[str, Number]
WAIT_NUMBERS = (
    "mean_days",
    "median_days",
    "horizon_days",
    "events",
    "censored",
    "at_risk_at_horizon",
)
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

    curve: Mapping[str, Sequence[Step]]


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
    rows = placement_times.waits(session, period, by, today)
    hidden: frozenset[str] = frozenset()
    if by in (PlacementBy.INSURANCE, PlacementBy.REGION):
        hidden = to_hide({row.key: row.searches for row in rows})
    groups = [
        (row.key, _waited([row], _clocks([row]), hide=row.key in hidden))
        for row in (rows if by else ())
    ]
    clocks = _clocks(rows)
    return PlacementTimes(
        period=period,
        as_of=analytics.as_of(session),
        total=_waited(rows, clocks),
        groups=groups,
        of_groups=len(groups),
        curve={clock: list(clocks[clock].curve()) if clocks else [] for clock in CLOCKS},
    )


def _waited(
    rows: Sequence[Row[Any]], clocks: Mapping[str, Waits], *, hide: bool = False
) -> Numbers:
    searches = sum(row.searches for row in rows)
    numbers = {"paused_days": share(sum(int(row.paused_days) for row in rows), searches)}
    for clock in CLOCKS:
        found = _wait(clocks[clock]) if clocks else dict.fromkeys(WAIT_NUMBERS, share(0, 0))
        numbers |= {f"{clock}.{name}": number for name, number in found.items()}
    return dict.fromkeys(numbers, HIDDEN) if hide else numbers


def _clocks(rows: Sequence[Row[Any]]) -> dict[str, Waits]:
    """Empty when nobody waits."""

    def joined(column: str) -> list[Any]:
        return list(chain.from_iterable(getattr(row, column) for row in rows))

    if not rows:
        return {}
    return {clock: Waits(joined(f"{clock}_days"), joined(f"{clock}_came")) for clock in CLOCKS}


def _wait(waits: Waits) -> dict[str, Number]:
    searches, events = waits.searches, waits.events

    def count(found: int) -> Number:
        return Number(found, found, searches)

    median = waits.median_days
    return {
        "mean_days": Number(waits.mean_days, events, searches),
        "median_days": Number(
            median, events, searches, Unknown.NOT_REACHED if median is None else None
        ),
        "horizon_days": count(waits.horizon_days),
        "events": count(events),
        "censored": count(waits.censored),
        "at_risk_at_horizon": count(waits.at_risk(HORIZON_DAYS)),
    }
