"""How long each search of a period has waited, group by group, in one pass."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from matching_service.domain.analytics import Period, PlacementBy

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

# Days until the event, else as long as is known that it had not come yet.
_WAITS = """
    SELECT {spelled} AS key, searches, paused_days,
        first_meeting_days, first_meeting_came, therapy_start_days, therapy_start_came
    FROM (
        SELECT {group} AS key, count(*) AS searches, sum(paused_days
                + CASE WHEN ended_on IS NULL THEN coalesce(:today - paused_since, 0) ELSE 0 END
            ) AS paused_days,
            array_agg(greatest(0, CASE WHEN first_meeting_on <= :today THEN first_meeting_on
                ELSE least(ended_on, :today) END - requested_on)) AS first_meeting_days,
            array_agg(coalesce(first_meeting_on <= :today, FALSE)) AS first_meeting_came,
            array_agg(greatest(0, CASE WHEN therapy_starts_on <= :today THEN therapy_starts_on
                ELSE least(ended_on, :today) END - requested_on)) AS therapy_start_days,
            array_agg(coalesce(therapy_starts_on <= :today, FALSE)) AS therapy_start_came
        FROM search_clock WHERE requested_on BETWEEN :first AND :last GROUP BY 1
    ) AS waited
    ORDER BY 1
"""


def waits(
    session: Session, period: Period, by: PlacementBy | None, today: date
) -> Sequence[Row[Any]]:
    """A row for each group, with lists of one value a search, in the same order."""
    group, spelled = _GROUPS[by]
    statement = text(_WAITS.format(group=group, spelled=spelled))
    asked = {"first": period.first, "last": period.last, "today": today}
    return session.execute(statement, asked).all()
