"""What the analytics must say, counted in plain loops over the invented year."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from matching_service.domain.ages import full_years
from shared.contracts.berlin import berlin_day
from tests.matching_service.random_year import (
    NOW,
    TODAY,
    Inquiry,
    Patient,
    Row,
    Search,
    Year,
)

Parts = tuple[int, int]
Fact = tuple[date, Inquiry | None, int, int]
"""The day it counts for, the bundle if it is about one, numerator, denominator."""

WEEK = timedelta(days=7)
BANDS = ((6, "0-6"), (11, "7-11"), (14, "12-14"), (17, "15-17"), (20, "18-20"), (29, "21-29"))


def facts(year: Year) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = defaultdict(list)
    for inquiry in year.inquiries:
        if inquiry.size_exception != "cutover":
            for measure, fact in _of_bundle(inquiry):
                found[measure].append(fact)
    for measure, fact in (
        *_of_searches(year),
        *_of_staff(year),
        *_of_requests(year),
        *_of_standing(year),
    ):
        found[measure].append(fact)
    for wave in year.waves:
        asked = wave.created + sum(wave.skipped.values())
        found["creation_success"].append((berlin_day(wave.created_at), None, wave.created, asked))
    return found


def summed(found: list[Fact], first: date, last: date, only: Callable[[Fact], bool]) -> Parts:
    here = [fact for fact in found if first <= fact[0] <= last and only(fact)]
    return sum(fact[2] for fact in here), sum(fact[3] for fact in here)


def _of_bundle(inquiry: Inquiry) -> Iterator[tuple[str, Fact]]:
    sent, outcomes = berlin_day(inquiry.sent_date), [r for r in inquiry.rows if r.outcome]
    accepted = [row for row in outcomes if row.outcome == "accepted"]
    placed = sum(row.status == "accepted" for row in accepted)
    yield "placed_per_inquiry", (sent, inquiry, placed, 1)
    yield "size_exceptions", (sent, inquiry, int(inquiry.size_exception is not None), 1)
    soon = inquiry.response_date is not None and inquiry.response_date <= inquiry.sent_date + WEEK
    until = inquiry.response_date or inquiry.closed_at or NOW
    fair = soon or until >= inquiry.sent_date + WEEK
    yield "answered_within_7_days", (sent, inquiry, int(soon), int(fair))
    if inquiry.response_date is None:
        return
    day = berlin_day(inquiry.response_date)
    conflicts = sum(row.status == "conflict" for row in accepted)
    yield "acceptance_rate", (day, inquiry, len(accepted), len(outcomes))
    yield "accepted_per_bundle", (day, inquiry, len(accepted), int(bool(outcomes)))
    yield "conflict_rate", (day, inquiry, conflicts, len(accepted))


def _of_searches(year: Year) -> Iterator[tuple[str, Fact]]:
    days: dict[int, list[date]] = defaultdict(list)
    takers: dict[int, set[int]] = defaultdict(set)
    for inquiry, row in answered(year):
        if row.outcome == "accepted":
            assert inquiry.response_date
            days[row.search_id].append(berlin_day(inquiry.response_date))
            takers[row.search_id].add(inquiry.therapist_id)
        if row.status == "accepted":
            yield "show_rate", _show(row, year.searches[row.search_id - 1])
    for search_id, accepted_on in days.items():
        several = int(len(takers[search_id]) > 1)
        yield "multiple_acceptances", (min(accepted_on), None, several, 1)


def _of_staff(year: Year) -> Iterator[tuple[str, Fact]]:
    for search in year.searches:
        for at, actor in search.actions:
            if actor in ("anna", "bert"):
                yield "staff_actions_per_placement", (berlin_day(at), None, 1, 0)
        if search.success_date:
            yield "staff_actions_per_placement", (berlin_day(search.success_date), None, 0, 1)


def _show(row: Row, search: Search) -> Fact:
    assert row.accepted_at
    came = _came(row, search)
    young = row.ended is None and row.accepted_at > NOW - timedelta(days=14)
    return berlin_day(row.accepted_at), None, int(came), int(came or not young)


def _came(row: Row, search: Search) -> bool:
    """To the first meeting, as a person would tell it."""
    match row.ended:
        case "trial_failed":
            return True  # there was a trial
        case "no_show":
            return False
        case None:
            agreed = search.first_meeting_on
        case _:
            agreed = row.first_meeting_on  # the search has forgotten it, or is with somebody else
    return agreed is not None and agreed <= TODAY


def _of_requests(year: Year) -> Iterator[tuple[str, Fact]]:
    for request in year.requests:
        asked = request.contacted_on
        if asked is None:
            continue
        answered_on = request.response_date if request.status.startswith("a") else None
        soon = answered_on is not None and answered_on <= asked + WEEK
        waits = request.status in ("offen", "in_bearbeitung") and asked + WEEK < TODAY
        known = int(answered_on is not None or waits)
        yield "answered_within_7_days_v1", (asked, None, int(soon), known)


def _of_standing(year: Year) -> Iterator[tuple[str, Fact]]:
    """Evening by evening, who has how many open inquiries."""
    spans = []
    for inquiry in (one for one in year.inquiries if one.size_exception != "cutover"):
        for row in inquiry.rows:
            ends = [inquiry.response_date, row.withdrawn_at, inquiry.closed_at]
            until = min((berlin_day(one) for one in ends if one), default=TODAY + timedelta(1))
            spans.append((row.search_id, berlin_day(inquiry.sent_date), until))
    day = min(since for _, since, _ in spans)
    while day <= TODAY:
        open_now = [search for search, since, until in spans if since <= day < until]
        yield "parallel_inquiries", (day, None, len(open_now), len(set(open_now)))
        day += timedelta(days=1)


def answered(year: Year) -> Iterator[tuple[Inquiry, Row]]:
    for inquiry in year.inquiries:
        for row in inquiry.rows:
            if inquiry.response_date and row.outcome:
                yield inquiry, row


def trait(by: str, patient: Patient, inquiry: Inquiry) -> str:
    assert inquiry.response_date
    if by == "therapist":
        return str(inquiry.therapist_id)
    if patient.deleted:
        return "unknown"
    return str(
        {
            "diagnosis": _chapter(patient.diagnose),
            "age": _band(patient.geburtsdatum, berlin_day(inquiry.response_date)),
            "gender": patient.geschlecht or "unknown",
            "group": "only" if patient.only_group else "also" if patient.group_ok else "no",
        }[by]
    )


def _chapter(code: str | None) -> str:
    if code is None:
        return "unknown"
    return code[:2] if code.startswith("F") else "other"


def _band(born: date | None, day: date) -> str:
    if born is None:
        return "unknown"
    age = full_years(born, day)
    for last, band in BANDS:
        if age <= last:
            return band
    return "80+" if age >= 80 else f"{age // 10 * 10}-{age // 10 * 10 + 9}"


def kaplan_meier(waits: list[tuple[int, bool]], horizon: int) -> dict[str, Any]:
    """`waits`: days, and whether the event came then. Straight from the textbook."""
    share, area, since, median = 1.0, 0.0, 0, None
    for day in sorted({days for days, _ in waits}):
        area += share * (min(day, horizon) - min(since, horizon))
        at_risk = sum(days >= day for days, _ in waits)
        share *= 1 - sum(days == day and came for days, came in waits) / at_risk
        if median is None and share <= 0.5 + 1e-9:
            median = day
        since = day
    return {
        "mean_days": area,
        "median_days": median,
        "events": sum(came for _, came in waits),
        "censored": sum(not came for _, came in waits),
        "at_risk_at_horizon": sum(days >= horizon for days, _ in waits),
    }
