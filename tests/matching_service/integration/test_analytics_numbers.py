"""Every number of an invented year equals the one that plain loops find."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from matching_service.domain.analytics import EFFICIENCY, to_hide
from shared.contracts.berlin import berlin_day
from tests.matching_service.analytics_desk import Analytics, Answer, each_number, parts
from tests.matching_service.counted_by_hand import (
    answered,
    facts,
    kaplan_meier,
    summed,
    trait,
)
from tests.matching_service.random_year import (
    NOW,
    OUTCOMES,
    TODAY,
    Search,
    Year,
    random_year,
    write,
)

PERIOD = (TODAY - timedelta(days=300), TODAY - timedelta(days=20))
ASKED = {"from": PERIOD[0].isoformat(), "to": PERIOD[1].isoformat()}
LOOPS = sorted(set(EFFICIENCY) - {"cooling_violations"})
REFUSALS = ("refused_capacity", "refused_not_suitable", "refused_other")


@pytest.fixture(params=[1, 2])
def year(request: Any, database: Any, analytics: Analytics) -> Iterator[Year]:
    invented = random_year(request.param)
    write(database, invented)
    analytics.refresh()
    return invented  # type: ignore[return-value]


def test_bundle_efficiency_is_what_loops_find(year: Year, analytics: Analytics) -> None:
    whole = analytics.read("bundle-efficiency", **ASKED)["total"]

    counted = facts(year)
    for measure in LOOPS:
        expected = summed(counted[measure], *PERIOD, lambda _: True)
        assert (measure, parts(whole[measure])) == (measure, expected)
        _assert_ratio(whole[measure])


@pytest.mark.parametrize("by", ["month", "size", "channel"])
def test_bundle_efficiency_of_every_group_is_what_loops_find(
    year: Year, analytics: Analytics, by: str
) -> None:
    groups = analytics.read("bundle-efficiency", by=by, **ASKED)["groups"]

    counted, known = facts(year), 0
    for group in groups:
        for measure in LOOPS:
            if by not in EFFICIENCY[measure]:
                assert group[measure]["reason"] == "not_by_this"
                continue
            key = group["key"]
            expected = summed(counted[measure], *PERIOD, lambda one, key=key: _key(by, one) == key)  # type: ignore[misc]
            assert (key, measure, parts(group[measure])) == (key, measure, expected)
            known += 1
    assert known > 0
    assert [group["key"] for group in groups] == sorted(group["key"] for group in groups)


def _key(by: str, fact: Any) -> str | None:
    day, inquiry = fact[0], fact[1]
    if by == "month":
        return f"{day:%Y-%m}"
    if inquiry is None:
        return None
    return str(len(inquiry.rows)) if by == "size" else inquiry.channel


def test_therapists_skipped_by_waves_are_shares_of_those_asked_for(
    year: Year, analytics: Analytics
) -> None:
    answer = analytics.read("bundle-efficiency", **ASKED)

    waves = [w for w in year.waves if PERIOD[0] <= berlin_day(w.created_at) <= PERIOD[1]]
    asked = sum(wave.created + sum(wave.skipped.values()) for wave in waves)
    reasons: Counter[str] = Counter()
    for wave in waves:
        reasons.update(wave.skipped)
    found = {one["reason"]: parts(one["share"]) for one in answer["skipped"]}
    assert found == {reason: (count, asked) for reason, count in reasons.items()}


@pytest.mark.parametrize("by", ["therapist", "diagnosis", "age", "gender", "group"])
def test_preferences_are_what_loops_find_and_small_groups_are_untold(
    year: Year, analytics: Analytics, by: str
) -> None:
    answer = analytics.read("therapist-preferences", by=by, **ASKED)

    outcomes, patients = defaultdict(Counter), defaultdict(set)  # type: ignore[var-annotated]
    for inquiry, row in answered(year):
        assert inquiry.response_date
        if PERIOD[0] <= berlin_day(inquiry.response_date) <= PERIOD[1]:
            key = trait(by, year.patients[row.search_id - 1], inquiry)
            outcomes[key][row.outcome] += 1
            patients[key].add(row.search_id)
    assert answer["groups_total"] == len(outcomes)
    assert {group["key"] for group in answer["groups"]} == set(outcomes)
    crowds = {key: min(5, len(who)) for key, who in patients.items()}
    hidden = frozenset[str]() if by == "therapist" else to_hide(crowds)
    for group in answer["groups"]:
        _assert_group(group, outcomes[group["key"]], untold=group["key"] in hidden)
    everything: Counter[str] = sum(outcomes.values(), Counter())
    _assert_group(answer["total"], everything, untold=False)


def _assert_group(group: Answer, outcomes: Counter[str], *, untold: bool) -> None:
    names = dict(zip(("acceptance_rate", *REFUSALS), OUTCOMES, strict=True))
    for name, outcome in names.items():
        if untold:
            number = group[name]
            assert (number["value"], number["reason"]) == (None, "too_few")
            assert parts(number) == (None, None)
        else:
            assert parts(group[name]) == (outcomes[outcome], outcomes.total())


@pytest.mark.parametrize("by", [None, "month", "insurance", "region"])
def test_waiting_is_what_the_textbook_says(
    year: Year, analytics: Analytics, by: str | None
) -> None:
    answer = analytics.read("placement-times", **ASKED, **({"by": by} if by else {}))

    groups = defaultdict(list)
    for search in year.searches:
        if PERIOD[0] <= berlin_day(search.requested_at) <= PERIOD[1]:
            groups[_search_key(year, by, search)].append(search)
    shown = {group["key"]: group for group in answer["groups"]} if by else {"": answer["total"]}
    assert set(shown) == set(groups)
    sizes = {key: len(searches) for key, searches in groups.items()}
    hidden = to_hide(sizes) if by in ("insurance", "region") else frozenset()
    for key, searches in groups.items():
        if key in hidden:
            assert {one["reason"] for one in each_number(shown[key])} == {"too_few"}
        else:
            _assert_waits(shown[key], searches)


def _search_key(year: Year, by: str | None, search: Search) -> str:
    patient = year.patients[search.id - 1]
    if by == "month":
        return f"{berlin_day(search.requested_at):%Y-%m}"
    if by is None:
        return ""
    known = patient.versicherungsart if by == "insurance" else patient.plz and patient.plz[:2]
    return "unknown" if patient.deleted or known is None else known


def _assert_waits(shown: Answer, searches: list[Search]) -> None:
    for clock, event in (("first_meeting", "first_meeting_on"), ("therapy_start", None)):
        waits = [_wait(one, getattr(one, event or "therapy_starts_on")) for one in searches]
        expected = kaplan_meier(waits, 365)
        for name, value in expected.items():
            assert (name, shown[clock][name]["value"]) == (name, pytest.approx(value))
            assert shown[clock][name]["denominator"] == len(searches)
    rested = sum((_day(end) - _day(begin)).days for one in searches for begin, end in one.pauses)
    assert parts(shown["paused_days"]) == (rested, len(searches))


def _wait(search: Search, event: date | None) -> tuple[int, bool]:
    came = event is not None and event <= TODAY
    ended = search.ended_at or search.success_date or NOW
    until = event if came else berlin_day(ended)
    assert until is not None
    return max(0, (until - berlin_day(search.requested_at)).days), came


def _day(moment: Any) -> date:
    return berlin_day(moment or NOW)


def _assert_ratio(number: Answer) -> None:
    if number["denominator"] == 0:
        assert (number["value"], number["reason"]) == (None, "no_data")
    else:
        assert number["value"] == pytest.approx(number["numerator"] / number["denominator"])
        assert number["reason"] is None
