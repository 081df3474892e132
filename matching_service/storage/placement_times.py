"""How long patients wait: the Kaplan-Meier estimate, in SQL.

Who still waits, and who gave up, waited at least so long; leaving them out would tell only of those
who were quick. A share who still wait is multiplied at every day on which somebody stopped waiting
by 1 − (those who stopped / those who had waited until then).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from matching_service.domain.analytics import Period, PlacementBy

HORIZON_DAYS = 365
CLOCKS = ("first_meeting", "therapy_start")
_HALF = 0.5 + 1e-9  # a product of fractions is not exactly a half

# Numbers where there are many groups: they are sorted several times as fast as words.
_GROUPS = {
    None: ("0", "''"),
    PlacementBy.MONTH: (
        "(extract(year FROM requested_on) * 100 + extract(month FROM requested_on))::int",
        "to_char(to_date(key::text, 'YYYYMM'), 'YYYY-MM')",
    ),
    PlacementBy.INSURANCE: ("insurance", "key"),
    PlacementBy.REGION: ("region", "coalesce(to_char(key, 'FM00'), 'unknown')"),
}
"""What searches are grouped by, and how it is spelled."""

# `days`: until the event, else as long as we know that it had not come yet.
# `still_waiting` of a day holds after it, `before` until it; the logarithm makes a product a sum.
_STEPS = """
    WITH watched AS (
        SELECT clock.number AS clock, {group} AS key, clock.event_on <= :today AS happened,
            greatest(0, CASE WHEN clock.event_on <= :today THEN clock.event_on
                ELSE least(ended_on, :today) END - requested_on) AS days
        FROM search_clock CROSS JOIN LATERAL (VALUES
            (0, first_meeting_on), (1, therapy_starts_on)
        ) AS clock (number, event_on)
        WHERE requested_on BETWEEN :first AND :last
    ),
    day AS (
        SELECT clock, key, days, count(*)::int AS leaving,
            (count(*) FILTER (WHERE happened))::int AS events
        FROM watched GROUP BY key, clock, days
    ),
    risk AS (
        SELECT *, sum(leaving) OVER (PARTITION BY key, clock)
            - sum(leaving) OVER by_day + leaving AS at_risk
        FROM day WINDOW by_day AS (
            PARTITION BY key, clock ORDER BY days ROWS UNBOUNDED PRECEDING)
    ),
    survival AS (
        SELECT *, exp(sum(CASE WHEN events = at_risk THEN '-Infinity'
            ELSE ln(1 - events / at_risk::float8) END) OVER by_day) AS still_waiting
        FROM risk WINDOW by_day AS (
            PARTITION BY key, clock ORDER BY days ROWS UNBOUNDED PRECEDING)
    ),
    step AS (
        SELECT *, lag(still_waiting, 1, 1::float8) OVER by_day AS before,
            lag(days, 1, 0) OVER by_day AS since
        FROM survival WINDOW by_day AS (
            PARTITION BY key, clock ORDER BY days ROWS UNBOUNDED PRECEDING)
    )
"""

_SUMMARY = """
    SELECT clock, {spelled} AS key, sum(leaving) AS searches, sum(events) AS events,
        sum(leaving) - sum(events) AS censored,
        sum(before * (least(days, :horizon) - least(since, :horizon))) AS mean_days,
        min(days) FILTER (WHERE still_waiting <= :half) AS median_days,
        least(:horizon, max(days)) AS horizon_days,
        coalesce(max(at_risk) FILTER (WHERE days >= :horizon), 0) AS at_risk_at_horizon,
        min(still_waiting) AS least_waiting
    FROM step GROUP BY step.key, clock
"""

_CURVE = """
    SELECT clock, mark.day,
        coalesce(sum(leaving) FILTER (WHERE days >= mark.day), 0) AS at_risk,
        coalesce(sum(events) FILTER (WHERE days <= mark.day), 0) AS events,
        coalesce(sum(leaving - events) FILTER (WHERE days <= mark.day), 0) AS censored,
        coalesce(min(still_waiting) FILTER (WHERE days <= mark.day), 1) AS still_waiting,
        max(days) >= mark.day OR min(still_waiting) = 0 AS known, sum(leaving) AS searches
    FROM step CROSS JOIN generate_series(0, :horizon, 28) AS mark (day)
    GROUP BY clock, mark.day ORDER BY clock, mark.day
"""

_PAUSES = """
    SELECT {spelled} AS key, sum(searches) AS searches, sum(paused_days) AS paused_days FROM (
        SELECT {group} AS key, count(*) AS searches, sum(paused_days
            + CASE WHEN ended_on IS NULL THEN coalesce(:today - paused_since, 0) ELSE 0 END
        ) AS paused_days
        FROM search_clock WHERE requested_on BETWEEN :first AND :last GROUP BY 1
    ) AS rested GROUP BY rested.key
"""


def waits(
    session: Session, period: Period, by: PlacementBy | None, today: date
) -> Sequence[Row[Any]]:
    """A row for each group and clock; clocks bear their number in CLOCKS."""
    statement = _grouped(_STEPS + _SUMMARY, by)
    return session.execute(statement, {**_asked(period, today), "half": _HALF}).all()


def curve(session: Session, period: Period, today: date) -> Sequence[Row[Any]]:
    """Every four weeks, for each clock: who still waits."""
    return session.execute(_grouped(_STEPS + _CURVE, None), _asked(period, today)).all()


def pauses(
    session: Session, period: Period, by: PlacementBy | None, today: date
) -> dict[str, tuple[int, int]]:
    """Group → (days that searches rested, searches)."""
    rows = session.execute(_grouped(_PAUSES, by), _asked(period, today))
    return {row.key: (int(row.paused_days), int(row.searches)) for row in rows}


def _grouped(statement: str, by: PlacementBy | None) -> TextClause:
    group, spelled = _GROUPS[by]
    return text(statement.format(group=group, spelled=spelled))


def _asked(period: Period, today: date) -> dict[str, Any]:
    known = {"first": period.first, "last": period.last, "today": today}
    return {**known, "horizon": HORIZON_DAYS}
