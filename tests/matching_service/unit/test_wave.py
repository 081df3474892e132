from collections import Counter
from datetime import date, timedelta

from matching_service.domain.bundles import BundleRules, SizeException
from matching_service.domain.explanations import Reason
from matching_service.domain.plans import RefusedPin, Unplaced, WaveOrder, WavePlan
from matching_service.domain.snapshots import SearchSnapshot, UnknownPlace
from matching_service.domain.wave import plan_wave
from tests.matching_service.unit.people import (
    KOELN,
    NOW,
    TODAY,
    a_patient,
    a_search,
    a_therapist,
    north_of,
)


def searches(count: int, remaining_contacts: int = 25) -> list[SearchSnapshot]:
    """The first has waited longest."""
    return [
        a_search(number, waiting_days=100 - number, remaining_contacts=remaining_contacts)
        for number in range(1, count + 1)
    ]


def members(plan: WavePlan) -> dict[int, list[int]]:
    return {
        bundle.therapist_id: [member.search_id for member in bundle.members]
        for bundle in plan.bundles
    }


def skipped(plan: WavePlan) -> dict[int, str]:
    return {one.therapist_id: one.reason.code for one in plan.skipped}


def test_one_therapist_gets_the_six_longest_waiters() -> None:
    plan = plan_wave([a_therapist(7)], searches(8), NOW)

    assert members(plan) == {7: [1, 2, 3, 4, 5, 6]}
    assert plan.unplaced == (Unplaced(7, "no_room"), Unplaced(8, "no_room"))


def test_fifty_therapists_reach_a_hundred_equal_patients_evenly() -> None:
    """The older system sent the same six to all fifty."""
    therapists = [a_therapist(number) for number in range(1, 51)]
    same_wait = [a_search(number, waiting_days=10) for number in range(1, 101)]

    plan = plan_wave(therapists, same_wait, NOW)

    inquiries = Counter(member.search_id for bundle in plan.bundles for member in bundle.members)
    assert len(plan.bundles) == 50
    assert inquiries == dict.fromkeys(range(1, 101), 3)
    assert plan.unplaced == ()


def test_each_bundle_starts_with_the_longest_waiter_who_has_contacts_left() -> None:
    """Two contacts each: whoever leads less than two bundles spends the rest filling up others."""
    therapists = [a_therapist(number) for number in range(1, 6)]

    plan = plan_wave(therapists, searches(20, remaining_contacts=2), NOW)

    assert [bundle[0] for bundle in members(plan).values()] == [1, 1, 2, 3, 5]


def test_who_came_on_the_same_day_has_the_same_claim_to_lead() -> None:
    asked_already = a_search(1, waiting_days=20.2, open_inquiries=1)
    others = [a_search(number, waiting_days=3) for number in range(3, 13)]

    plan = plan_wave([a_therapist()], [asked_already, a_search(2, waiting_days=20.1), *others], NOW)

    assert members(plan)[1][:2] == [2, 1]


def test_no_search_gets_more_inquiries_than_were_asked_for() -> None:
    therapists = [a_therapist(number) for number in range(1, 10)]

    plan = plan_wave(therapists, searches(4, remaining_contacts=2), NOW)

    inquiries = Counter(member.search_id for bundle in plan.bundles for member in bundle.members)
    assert inquiries == {1: 2, 2: 2, 3: 2, 4: 2}
    assert len(plan.bundles) == 2
    assert set(skipped(plan).values()) == {"too_few_candidates"}


def test_a_search_without_contacts_left_is_told_apart() -> None:
    used_up = a_search(9, waiting_days=200, remaining_contacts=0)

    plan = plan_wave([a_therapist()], [*searches(3), used_up], NOW)

    assert members(plan) == {1: [1, 2, 3]}
    assert plan.unplaced == (Unplaced(9, "budget_used"),)


def test_a_wave_skips_who_may_not_be_asked_and_says_why() -> None:
    therapists = [
        a_therapist(1, status="gesperrt"),
        a_therapist(2, opted_out=True),
        a_therapist(3, kontakt_wieder_ab=TODAY + timedelta(days=1)),
        a_therapist(4, has_email=False, has_phone=False),
        a_therapist(5, next_contactable_date=date(2026, 12, 1)),
        a_therapist(6, has_open_inquiry=True),
        a_therapist(7, place=UnknownPlace("pending")),
    ]

    plan = plan_wave(therapists, searches(6), NOW)

    assert plan.bundles == ()
    assert skipped(plan) == {
        1: "blocked",
        2: "opted_out",
        3: "later",
        4: "no_channel",
        5: "cooling",
        6: "open_inquiry",
        7: "too_few_candidates",
    }
    assert plan.skipped[4].reason.detail == {"until": "2026-12-01"}
    assert {one.reason for one in plan.unplaced} == {"no_eligible_therapist"}


def test_one_therapist_of_a_shared_mailbox_is_asked_preferably_a_potentially_available_one() -> (
    None
):
    therapists = [
        a_therapist(1, mailbox_id=50),
        a_therapist(2, mailbox_id=50, potentially_available=True),
    ]

    plan = plan_wave(therapists, searches(6), NOW)

    assert list(members(plan)) == [2]
    assert plan.skipped[0].reason == Reason("same_mailbox", {"therapist_id": 2})


def test_a_colleague_is_asked_when_the_first_of_the_mailbox_has_too_few_candidates() -> None:
    therapists = [
        a_therapist(1, mailbox_id=50, potentially_available=True),
        a_therapist(2, mailbox_id=50),
    ]
    order = WaveOrder(excluded=frozenset({(1, 3)}))

    plan = plan_wave(therapists, searches(3), NOW, order)

    assert list(members(plan)) == [2]
    assert skipped(plan) == {1: "same_mailbox"}


def test_among_equals_the_most_open_therapist_comes_first() -> None:
    therapists = [
        a_therapist(1),
        a_therapist(2, free_from=TODAY),
        a_therapist(3, free_from=TODAY, potentially_available=True),
    ]

    plan = plan_wave(therapists, searches(6), NOW, WaveOrder(max_bundles=2))

    assert list(members(plan)) == [3, 2]
    assert skipped(plan) == {1: "max_bundles"}


def test_where_few_may_be_asked_the_bundle_that_gains_most_goes_out() -> None:
    far = north_of(KOELN, 200)
    there = [
        a_search(number, waiting_days=5, patient=a_patient(number, place=far))
        for number in (11, 12, 13)
    ]
    therapists = [a_therapist(1, place=far, potentially_available=True), a_therapist(2)]

    plan = plan_wave(therapists, [*there, *searches(3)], NOW, WaveOrder(max_bundles=1))

    assert list(members(plan)) == [2]
    assert {one.search_id: one.reason for one in plan.unplaced} == dict.fromkeys(
        (11, 12, 13), "max_bundles"
    )


def test_only_active_searches_take_part() -> None:
    paused = a_search(9, waiting_days=300, status="paused")

    plan = plan_wave([a_therapist()], [*searches(3), paused], NOW)

    assert members(plan) == {1: [1, 2, 3]}
    assert plan.unplaced == ()


def test_a_bundle_below_three_is_not_made() -> None:
    plan = plan_wave([a_therapist()], [a_search(1), a_search(2)], NOW)

    assert plan.bundles == ()
    assert plan.skipped[0].reason == Reason("too_few_candidates", {"candidates": 2, "needed": 3})
    assert {one.reason for one in plan.unplaced} == {"too_few_candidates"}


def test_a_thin_region_gets_its_small_bundle_once_per_wave() -> None:
    long_waiting = [a_search(1, waiting_days=31), a_search(2, waiting_days=30)]

    plan = plan_wave([a_therapist(1), a_therapist(2)], long_waiting, NOW)

    assert members(plan) == {1: [1, 2]}
    assert plan.bundles[0].size_exception is SizeException.THIN_REGION
    assert skipped(plan) == {2: "too_few_candidates"}


def test_among_thin_regions_the_bundle_that_gains_most_goes_out() -> None:
    """Nobody else is near; with the first therapist two tiers would have to be relaxed."""
    unlike = {"preferred_diagnoses": ("F60",), "age_max": 20}

    plan = plan_wave(
        [a_therapist(1, **unlike), a_therapist(2)], [a_search(1, waiting_days=31)], NOW
    )

    assert members(plan) == {2: [1]}


def test_a_region_is_not_relieved_for_somebody_whom_the_order_excludes_but_the_wave_asked_for() -> (
    None
):
    """Number 1 sits in the full bundle of therapist 1; therapist 2 could only take 1 and 5."""
    near = a_patient(1, place=north_of(KOELN, 20))
    only_there = a_patient(5, place=north_of(KOELN, 40))
    waiting = [a_search(number, waiting_days=40) for number in (2, 3)]
    waiting += [a_search(1, waiting_days=40, patient=near)]
    waiting += [a_search(5, waiting_days=40, patient=only_there)]
    order = WaveOrder(excluded=frozenset({(2, 1)}))

    therapists = [a_therapist(1), a_therapist(2, place=north_of(KOELN, 40))]
    plan = plan_wave(therapists, waiting, NOW, order)

    assert sorted(members(plan)[1]) == [1, 2, 3]
    assert skipped(plan) == {2: "too_few_candidates"}


def test_everything_planned_on_one_berlin_day_agrees() -> None:
    long_waiting = [a_search(1, waiting_days=30), a_search(2, waiting_days=30.3)]

    plans = [plan_wave([a_therapist()], long_waiting, at) for at in (NOW, NOW.replace(hour=1))]

    assert len(plans[0].bundles) == 1
    assert plans[0] == plans[1]


def test_neither_used_budgets_nor_excluded_pairs_make_a_region_thin() -> None:
    no_contacts_left = [a_search(n, waiting_days=90, remaining_contacts=0) for n in (3, 4)]
    order = WaveOrder(excluded=frozenset({(1, 3)}))

    for waiting in ([a_search(1, waiting_days=90), *no_contacts_left], searches(3)):
        assert plan_wave([a_therapist()], waiting, NOW, order).bundles == ()


def test_staff_may_ask_for_a_small_bundle() -> None:
    order = WaveOrder(rules=BundleRules(small_allowed=True))

    plan = plan_wave([a_therapist()], [a_search(1)], NOW, order)

    assert plan.bundles[0].size_exception is SizeException.OVERRIDE


def test_a_contact_that_staff_pinned_is_not_spent_on_another_bundle() -> None:
    order = WaveOrder(pinned=frozenset({(1, 2), (2, 1)}))
    one_contact = a_search(1, waiting_days=90, remaining_contacts=1)

    plan = plan_wave([a_therapist(1), a_therapist(2)], [one_contact, *searches(5)[1:]], NOW, order)

    assert plan.refused_pins == ()


def test_a_full_bundle_needs_no_exception() -> None:
    assert plan_wave([a_therapist()], searches(3), NOW).bundles[0].size_exception is None


def test_a_larger_smallest_size_is_respected() -> None:
    order = WaveOrder(rules=BundleRules(min_size=4))

    assert plan_wave([a_therapist()], searches(3), NOW, order).bundles == ()
    assert len(plan_wave([a_therapist()], searches(4), NOW, order).bundles) == 1


def test_an_excluded_pair_is_left_out() -> None:
    order = WaveOrder(excluded=frozenset({(1, 1)}))

    plan = plan_wave([a_therapist()], searches(4), NOW, order)

    assert members(plan) == {1: [2, 3, 4]}
    assert plan.unplaced == (Unplaced(1, "no_eligible_therapist"),)


def test_a_pinned_pair_is_planned_first_and_together() -> None:
    order = WaveOrder(pinned=frozenset({(2, 8)}), max_bundles=1)

    plan = plan_wave([a_therapist(1), a_therapist(2)], searches(8), NOW, order)

    assert members(plan) == {2: [8, 1, 2, 3, 4, 5]}
    assert plan.refused_pins == ()


def test_every_member_knows_why_it_has_its_position() -> None:
    order = WaveOrder(pinned=frozenset({(1, 8)}), rules=BundleRules(max_size=4))

    (bundle,) = plan_wave([a_therapist(1)], searches(8), NOW, order).bundles

    assert [(one["search_id"], one["chosen_as"]) for one in bundle.features["members"]] == [
        (8, "pinned"),
        (1, "leader"),
        (2, "gain"),
        (3, "gain"),
    ]


def test_a_pin_takes_the_place_of_another_whose_bundle_was_too_small() -> None:
    """Therapist 1 has only two candidates; of the others the pinned one is asked."""
    far = north_of(KOELN, 200)
    there = [a_search(n, waiting_days=300, patient=a_patient(n, place=far)) for n in (11, 12)]
    order = WaveOrder(pinned=frozenset({(1, 11), (3, 4)}), max_bundles=1)

    therapists = [a_therapist(1, place=far), a_therapist(2), a_therapist(3)]
    plan = plan_wave(therapists, [*there, *searches(6)], NOW, order)

    assert list(members(plan)) == [3]


def test_a_pin_does_not_break_a_hard_constraint() -> None:
    too_far = a_search(9, patient=a_patient(9, place=north_of(KOELN, 100)))
    order = WaveOrder(pinned=frozenset({(1, 9)}))

    plan = plan_wave([a_therapist()], [*searches(3), too_far], NOW, order)

    assert members(plan) == {1: [1, 2, 3]}
    assert [(pin.search_id, pin.reason.code) for pin in plan.refused_pins] == [(9, "too_far")]


def test_a_refused_pin_says_why() -> None:
    order = WaveOrder(
        pinned=frozenset({(1, 1), (1, 77), (77, 1), (2, 2), (3, 2), (3, 4), (4, 1), (5, 2)}),
        excluded=frozenset({(1, 1)}),
    )
    therapists = [
        a_therapist(1),
        a_therapist(2, next_contactable_date=date(2026, 12, 1)),
        a_therapist(3),
        a_therapist(4, mailbox_id=3),
        a_therapist(5, altersgruppe="kinder_jugendliche"),
    ]
    used_up = a_search(4, remaining_contacts=0)

    plan = plan_wave(therapists, [*searches(3), used_up], NOW, order)

    assert plan.refused_pins == (
        RefusedPin(1, 1, Reason("excluded", {"by": "order"})),
        RefusedPin(1, 77, Reason("not_found", {"kind": "search"})),
        RefusedPin(2, 2, Reason("cooling", {"until": "2026-12-01"})),
        RefusedPin(3, 4, Reason("budget_used", {"remaining_contacts": 0})),
        RefusedPin(4, 1, Reason("same_mailbox", {"therapist_id": 3})),
        RefusedPin(5, 2, Reason("age_group", {"age": 36, "altersgruppe": "kinder_jugendliche"})),
        RefusedPin(77, 1, Reason("not_found", {"kind": "therapist"})),
    )


def test_members_carry_distance_and_what_was_relaxed_or_unknown() -> None:
    therapist = a_therapist(
        place=north_of(KOELN, 10), preferred_diagnoses=("F40",), gender_preference=None
    )

    (bundle,) = plan_wave([therapist], searches(3), NOW).bundles

    member = bundle.members[0]
    assert (member.search_id, member.patient_id, member.distance_km) == (1, 1001, 13.0)
    assert member.relaxed == ("diagnosis",)
    assert [(reason.code, reason.detail["state"]) for reason in member.reasons] == [
        ("diagnosis", "relaxed"),
        ("gender_preference", "unknown"),
    ]


def test_an_empty_world_gives_an_empty_plan() -> None:
    assert plan_wave([], [], NOW) == WavePlan((), (), (), ())
