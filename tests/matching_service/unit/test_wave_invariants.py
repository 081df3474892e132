"""What holds for every wave, whoever the people are."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching_service.domain.bundles import BundleRules
from matching_service.domain.constraints import meets_all_constraints
from matching_service.domain.fields import Candidate, candidate_for, field_of
from matching_service.domain.plans import WaveOrder, WavePlan
from matching_service.domain.pool import contact_obstacles
from matching_service.domain.snapshots import Pair, SearchSnapshot, TherapistSnapshot, pair_of
from matching_service.domain.waiting import waiting_days
from matching_service.domain.wave import plan_wave
from tests.matching_service.unit.people import (
    KOELN,
    NOW,
    TODAY,
    a_patient,
    a_search,
    a_therapist,
    north_of,
    week,
)

KM = st.sampled_from([0, 5, 18, 25])
WEEKS = st.sampled_from([week(monday="08:00-12:00"), week(friday="14:00-18:00")])


@st.composite
def therapists(draw: st.DrawFn) -> list[TherapistSnapshot]:
    return [
        a_therapist(
            number,
            mailbox_id=draw(st.integers(1, 4)),
            place=north_of(KOELN, draw(KM)),
            kassensitz=draw(st.sampled_from([True, True, None])),
            gender_preference=draw(st.sampled_from(["any", "female", None])),
            preferred_diagnoses=draw(st.sampled_from([(), ("F40",)])),
            working_hours=draw(WEEKS),
            has_open_inquiry=draw(st.sampled_from([False, False, False, True])),
            potentially_available=draw(st.booleans()),
        )
        for number in range(1, draw(st.integers(0, 5)) + 1)
    ]


@st.composite
def searches(draw: st.DrawFn) -> list[SearchSnapshot]:
    return [
        a_search(
            number,
            waiting_days=draw(st.sampled_from([1, 20, 40])),
            remaining_contacts=draw(st.integers(0, 3)),
            open_inquiries=draw(st.integers(0, 2)),
            last_inquiry_on=draw(st.sampled_from([None, date(2026, 11, 20)])),
            excluded_therapists=frozenset(draw(st.sets(st.integers(1, 5), max_size=1))),
            patient=a_patient(
                number,
                place=north_of(KOELN, draw(KM)),
                geschlecht=draw(st.sampled_from(["weiblich", "männlich", None])),
                availability=draw(WEEKS),
            ),
        )
        for number in range(1, draw(st.integers(0, 14)) + 1)
    ]


WAVES = given(therapists(), searches())
SMALL = settings(max_examples=20, deadline=None)


def field_beside(pairs: list[Pair]) -> list[Candidate]:
    everybody = [candidate_for(pair) for pair in pairs if pair.search.remaining_contacts > 0]
    return [everybody[at] for at in field_of([one.relaxation for one in everybody], size=6)]


def rank(candidate: Candidate) -> tuple[int, int]:
    return candidate.relaxation, -waiting_days(candidate.search, TODAY)


def members_of(plan: WavePlan) -> list[tuple[int, list[int]]]:
    return [
        (bundle.therapist_id, [member.search_id for member in bundle.members])
        for bundle in plan.bundles
    ]


@WAVES
@SMALL
def test_every_plan_keeps_the_rules(
    asked: list[TherapistSnapshot], waiting: list[SearchSnapshot]
) -> None:
    plan = plan_wave(asked, waiting, NOW)

    inquiries = Counter(search_id for _, members in members_of(plan) for search_id in members)
    mailboxes = [bundle.mailbox_id for bundle in plan.bundles]
    assert all(inquiries[one.search_id] <= one.remaining_contacts for one in waiting)
    assert len(mailboxes) == len(set(mailboxes))
    for bundle in plan.bundles:
        ids = [member.search_id for member in bundle.members]
        assert len(ids) == len(set(ids))
        assert (len(ids) in range(3, 7)) == (bundle.size_exception is None)
        assert len(ids) in range(1, 7)


@WAVES
@SMALL
def test_everybody_is_accounted_for(
    asked: list[TherapistSnapshot], waiting: list[SearchSnapshot]
) -> None:
    plan = plan_wave(asked, waiting, NOW)

    bundled = [bundle.therapist_id for bundle in plan.bundles]
    placed = {search_id for _, members in members_of(plan) for search_id in members}
    assert sorted([*bundled, *(one.therapist_id for one in plan.skipped)]) == [
        one.therapist_id for one in asked
    ]
    assert sorted([*placed, *(one.search_id for one in plan.unplaced)]) == [
        one.search_id for one in waiting
    ]


@WAVES
@SMALL
def test_bundles_come_from_their_field_and_nobody_in_it_was_passed_over(
    asked: list[TherapistSnapshot], waiting: list[SearchSnapshot]
) -> None:
    """The field is that before the wave; who ranks before all members has no contacts left."""
    plan = plan_wave(asked, waiting, NOW)
    given_out = Counter(search_id for _, members in members_of(plan) for search_id in members)
    by_id = {one.therapist_id: one for one in asked}

    for therapist_id, members in members_of(plan):
        pairs = [pair_of(one, by_id[therapist_id], TODAY) for one in waiting]
        field = field_beside([pair for pair in pairs if meets_all_constraints(pair)])
        ranks = {one.search.search_id: rank(one) for one in field}
        assert not contact_obstacles(by_id[therapist_id], TODAY)
        assert set(members) <= set(ranks)
        first = min(ranks[search_id] for search_id in members)
        passed_over = [one.search for one in field if rank(one) < first]
        assert all(given_out[one.search_id] == one.remaining_contacts for one in passed_over)


@WAVES
@SMALL
def test_the_order_in_which_people_are_handed_in_changes_nothing(
    asked: list[TherapistSnapshot], waiting: list[SearchSnapshot]
) -> None:
    shuffle = Random(7)
    plan = plan_wave(asked, waiting, NOW)

    assert plan == plan_wave(
        shuffle.sample(asked, len(asked)), shuffle.sample(waiting, len(waiting)), NOW
    )


@WAVES
@SMALL
def test_limits_of_the_order_are_kept(
    asked: list[TherapistSnapshot], waiting: list[SearchSnapshot]
) -> None:
    forbidden = frozenset((one.therapist_id, 1) for one in asked)
    order = WaveOrder(rules=BundleRules(min_size=3, max_size=4), max_bundles=1, excluded=forbidden)

    bundles = members_of(plan_wave(asked, waiting, NOW, order))

    assert len(bundles) <= 1
    assert all(len(members) <= 4 and 1 not in members for _, members in bundles)


@pytest.mark.parametrize("count", [12, 30, 60])
def test_inquiries_spread_evenly_over_equal_searches(count: int) -> None:
    asked = [a_therapist(number) for number in range(1, 21)]
    waiting = [
        a_search(number, waiting_days=100, remaining_contacts=100) for number in range(1, count + 1)
    ]

    plan = plan_wave(asked, waiting, NOW + timedelta(minutes=1))

    inquiries = Counter(search_id for _, members in members_of(plan) for search_id in members)
    assert len(inquiries) == count
    assert max(inquiries.values()) - min(inquiries.values()) <= 1
