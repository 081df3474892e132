"""How long patients wait: the Kaplan-Meier estimate, in SQL.

Who still waits, and who gave up, waited at least so long; leaving them out would tell only of those
who were quick. A share who still wait is multiplied at every day on which somebody stopped waiting
by 1 − (those who stopped / those who had waited until then).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from matching_service.domain.analytics import Period, PlacementBy

HORIZON_DAYS = 365
_HALF = 0.5 + 1e-9  # a product of fractions is not exactly a half

_GROUPS = {
    None: "''",
    PlacementBy.MONTH: "to_char(requested_on, 'YYYY-MM')",
    PlacementBy.INSURANCE: "insurance",
    PlacementBy.REGION: "region",
}

# `days`: until the event, else as long as we know that it had not come yet.
# `still_waiting` of a day holds after it, `before` until it; the logarithm makes a product a sum.
_STEPS = """
    WITH watched AS (
        SELECT clock.name AS clock, {group} AS key, clock.event_on <= :today AS happened,
            greatest(0, CASE WHEN clock.event_on <= :today THEN clock.event_on
                ELSE least(ended_on, :today) END - requested_on) AS days
        FROM search_clock CROSS JOIN LATERAL (VALUES
            ('first_meeting', first_meeting_on), ('therapy_start', therapy_starts_on)
        ) AS clock (name, event_on)
        WHERE requested_on BETWEEN :first AND :last
    ),
    day AS (
        SELECT clock, key, days, count(*) AS leaving, count(*) FILTER (WHERE happened) AS events
        FROM watched GROUP BY clock, key, days
    ),
    risk AS (
        SELECT *, sum(leaving) OVER (PARTITION BY clock, key ORDER BY days DESC) AS at_risk FROM day
    ),
    survival AS (
        SELECT *, exp(sum(CASE WHEN events = at_risk THEN '-Infinity'
            ELSE ln(1 - events / at_risk::float8) END) OVER by_day) AS still_waiting
        FROM risk WINDOW by_day AS (PARTITION BY clock, key ORDER BY days)
    ),
    step AS (
        SELECT *, lag(still_waiting, 1, 1::float8) OVER by_day AS before,
            lag(days, 1, 0) OVER by_day AS since
        FROM survival WINDOW by_day AS (PARTITION BY clock, key ORDER BY days)
    )
"""

_SUMMARY = """
    SELECT clock, key, sum(leaving) AS searches, sum(events) AS events,
        sum(leaving) - sum(events) AS censored,
        sum(before * (least(days, :horizon) - least(since, :horizon))) AS mean_days,
        min(days) FILTER (WHERE still_waiting <= :half) AS median_days,
        least(:horizon, max(days)) AS horizon_days,
        coalesce(max(at_risk) FILTER (WHERE days >= :horizon), 0) AS at_risk_at_horizon,
        min(still_waiting) AS least_waiting
    FROM step GROUP BY clock, key ORDER BY key, clock
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
    SELECT {group} AS key, count(*) AS searches,
        sum(paused_days + CASE WHEN ended_on IS NULL THEN coalesce(:today - paused_since, 0)
            ELSE 0 END) AS paused_days
    FROM search_clock WHERE requested_on BETWEEN :first AND :last GROUP BY 1
"""


def waits(
    session: Session, period: Period, by: PlacementBy | None, today: date
) -> Sequence[Row[Any]]:
    """A row for each group and clock (first_meeting, therapy_start)."""
    statement = text(_STEPS.format(group=_GROUPS[by]) + _SUMMARY)
    return session.execute(statement, {**_asked(period, today), "half": _HALF}).all()


def curve(session: Session, period: Period, today: date) -> Sequence[Row[Any]]:
    """Every four weeks, for each clock: who still waits."""
    return session.execute(text(_STEPS.format(group="''") + _CURVE), _asked(period, today)).all()


def pauses(
    session: Session, period: Period, by: PlacementBy | None, today: date
) -> dict[str, tuple[int, int]]:
    """Group → (days that searches rested, searches)."""
    statement = text(_PAUSES.format(group=_GROUPS[by]))
    rows = session.execute(statement, _asked(period, today))
    return {row.key: (int(row.paused_days), int(row.searches)) for row in rows}


def _asked(period: Period, today: date) -> dict[str, Any]:
    known = {"first": period.first, "last": period.last, "today": today}
    return {**known, "horizon": HORIZON_DAYS}
