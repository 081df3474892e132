"""Leaving a therapist in peace after an answer, counted in Berlin days."""

from datetime import date, datetime, timedelta

from shared.contracts.berlin import berlin_day


def next_contactable_date(
    responded_at: datetime, cooling_days: int, known: date | None = None
) -> date:
    """The first Berlin day on which contact is allowed again; never earlier than `known`."""
    earliest = berlin_day(responded_at) + timedelta(days=cooling_days)
    return earliest if known is None else max(earliest, known)
