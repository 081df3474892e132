"""The kept numbers of the business: read by period, brought up to date from the views."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from matching_service.domain.analytics import FEWEST_PATIENTS, Period

Parts = tuple[int, int]
"""(numerator, denominator)"""

_EFFICIENCY = text("""
    SELECT CASE WHEN :monthly THEN to_char(day, 'YYYY-MM') ELSE key END AS key, measure,
        sum(numerator) AS numerator, sum(denominator) AS denominator
    FROM efficiency_by_day
    WHERE dimension = :dimension AND day BETWEEN :first AND :last
    GROUP BY 1, 2 ORDER BY 1, 2
""")

_ANSWERS = """
    SELECT key, sum(answers) AS answers, sum(accepted) AS accepted,
        sum(refused_capacity) AS refused_capacity,
        sum(refused_not_suitable) AS refused_not_suitable, sum(refused_other) AS refused_other,
        count(*) OVER () AS groups
    FROM answers_by_day
    WHERE dimension = :dimension AND day BETWEEN :first AND :last
    GROUP BY key
"""
_ANSWERS_BY_KEY = text(f"{_ANSWERS} ORDER BY key")
_MOST_ANSWERS = text(f"{_ANSWERS} ORDER BY sum(answers) DESC, key::int LIMIT :limit")

# Each day holds up to five of its patients: whether the days together have five, that tells.
_PATIENTS = text("""
    SELECT key, least(count(DISTINCT patient), :fewest) AS patients
    FROM answers_by_day CROSS JOIN LATERAL unnest(patients) AS patient
    WHERE dimension = :dimension AND day BETWEEN :first AND :last
    GROUP BY key
""")

# A hundredth of the time at most goes into this, and small houses have fresh numbers.
_CLAIM = text("""
    UPDATE analytics_refresh SET as_of = :now
    WHERE as_of IS NULL OR as_of + greatest(interval '1 minute', 100 * took) <= :now
""")
_TOOK = text("UPDATE analytics_refresh SET took = clock_timestamp() - transaction_timestamp()")

_KEPT: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    # table → its key, and what is told under it
    "efficiency_by_day": (
        ("dimension", "day", "measure", "key"),
        ("numerator", "denominator"),
    ),
    "answers_by_day": (
        ("dimension", "day", "key"),
        (
            *("answers", "accepted", "refused_capacity", "refused_not_suitable"),
            *("refused_other", "patients"),
        ),
    ),
    "search_clock": (
        ("platzsuche_id",),
        (
            *("requested_on", "first_meeting_on", "therapy_starts_on", "ended_on"),
            *("paused_since", "paused_days", "insurance", "region"),
        ),
    ),
}


def efficiency(session: Session, period: Period, dimension: str) -> dict[str, dict[str, Parts]]:
    """Group → measure → its parts. `dimension`: all, month, size, channel or skip_reason."""
    monthly = dimension == "month"
    asked = {"monthly": monthly, "dimension": "all" if monthly else dimension, **_days(period)}
    groups: dict[str, dict[str, Parts]] = {}
    for row in session.execute(_EFFICIENCY, asked):
        groups.setdefault(row.key, {})[row.measure] = (int(row.numerator), int(row.denominator))
    return groups


def answers(
    session: Session, period: Period, dimension: str, limit: int | None = None
) -> Sequence[Row[Any]]:
    """A row for each group; with `limit` those of the most answers, which are therapists."""
    asked = {"dimension": dimension, **_days(period)}
    if limit is None:
        return session.execute(_ANSWERS_BY_KEY, asked).all()
    return session.execute(_MOST_ANSWERS, {**asked, "limit": limit}).all()


def patients_in_groups(session: Session, period: Period, dimension: str) -> dict[str, int]:
    """How many different patients each group's answers are about; more than five count as five."""
    asked = {"dimension": dimension, "fewest": FEWEST_PATIENTS, **_days(period)}
    rows = session.execute(_PATIENTS, asked)
    return {row.key: int(row.patients) for row in rows}


def as_of(session: Session) -> datetime | None:
    found: datetime | None = session.scalar(text("SELECT as_of FROM analytics_refresh"))
    return found


def refresh(session: Session, now: datetime) -> bool:
    """False when it is too early; who comes second waits for the first and finds it done."""
    claimed: Any = session.execute(_CLAIM, {"now": now})
    if not claimed.rowcount:
        return False
    for setting in ("statement_timeout = 0", "work_mem = '64MB'", "jit = off"):
        session.execute(text(f"SET LOCAL {setting}"))
    for table, (key, told) in _KEPT.items():
        session.execute(text(_merge(table, key, told)))
    session.execute(_TOOK)
    return True


def _merge(table: str, key: Sequence[str], told: Sequence[str]) -> str:
    """Only what has changed is written."""
    same = " AND ".join(f"kept.{name} = fresh.{name}" for name in key)
    changed = ", ".join(f"{name} = fresh.{name}" for name in told)
    names = (*key, *told)
    return f"""
        MERGE INTO {table} AS kept USING {table}_now AS fresh ON {same}
        WHEN MATCHED AND ({_of("kept", told)}) IS DISTINCT FROM ({_of("fresh", told)})
            THEN UPDATE SET {changed}
        WHEN NOT MATCHED THEN INSERT ({", ".join(names)}) VALUES ({_of("fresh", names)})
        WHEN NOT MATCHED BY SOURCE THEN DELETE
    """  # noqa: S608  names of our own


def _of(row: str, names: Sequence[str]) -> str:
    return ", ".join(f"{row}.{name}" for name in names)


def _days(period: Period) -> dict[str, Any]:
    return {"first": period.first, "last": period.last}
