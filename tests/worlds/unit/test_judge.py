"""The judge of waves sees every way in which a plan can break a rule."""

from dataclasses import replace
from typing import Any

import pytest

from matching_service.domain.bundles import BundleRules, SizeException
from matching_service.domain.explanations import BundleMember, Reason
from matching_service.domain.plans import Unplaced, WaveOrder, WavePlan
from tests.worlds.unit.examples import (
    FOUR,
    GOOD,
    NOW,
    TODAY,
    TOMORROW,
    TWO_THERAPISTS,
    WORLD,
    a_bundle,
    a_plan,
    a_search,
    told,
)
from tests.worlds.vocabulary import north_of_koeln
from tests.worlds.world import World, usual_therapist


@pytest.mark.parametrize(
    ("world", "plan"),
    [
        (WORLD, GOOD),
        (World([], [], NOW), a_plan()),
        (TWO_THERAPISTS, a_plan(a_bundle(10, 1, 2, 3, 4), a_bundle(20, 1, 2, 3))),
    ],
)
def test_a_good_plan_is_left_in_peace(world: World, plan: WavePlan) -> None:
    assert told(world, plan) == []


def asked(**differences: Any) -> World:
    return replace(WORLD, therapists=[usual_therapist(10, **differences)])


def with_third(**differences: Any) -> World:
    return replace(WORLD, searches=[FOUR[0], FOUR[1], a_search(3, **differences), FOUR[3]])


def ordered(**order: Any) -> World:
    return replace(WORLD, order=WaveOrder(**order))


@pytest.mark.parametrize(
    ("differences", "code"),
    [
        ({"status": None}, "blocked"),
        ({"opted_out": True}, "opted_out"),
        ({"kontakt_wieder_ab": TOMORROW}, "later"),
        ({"mail_possible_on": TOMORROW}, "later"),
        ({"has_email": False, "has_phone": False}, "no_channel"),
        ({"next_contactable_date": TOMORROW}, "cooling"),
        ({"has_open_inquiry": True}, "open_inquiry"),
    ],
)
def test_asking_somebody_who_may_not_be_asked_is_seen(
    differences: dict[str, Any], code: str
) -> None:
    assert told(asked(**differences), GOOD) == [(f"may not be asked: {code}", (10,))]


@pytest.mark.parametrize(
    "differences",
    [
        {"kontakt_wieder_ab": TODAY},
        {"mail_possible_on": TOMORROW, "has_email": False},
        {"next_contactable_date": TODAY},
    ],
)
def test_asking_on_the_first_day_is_left_in_peace(differences: dict[str, Any]) -> None:
    assert told(asked(**differences), GOOD) == []


@pytest.mark.parametrize(
    ("patient", "therapist", "code"),
    [
        ({}, {"kassensitz": None}, "insurance"),
        ({"versicherungsart": "beihilfe"}, {"kassensitz": False}, "insurance"),
        ({"therapist_gender_preference": "male"}, {}, "gender"),
        ({"therapist_gender_preference": "female"}, {"geschlecht": "divers"}, "gender"),
        ({"verfahren": "Systemische Therapie"}, {}, "procedure"),
        ({"verfahren": "Systemische Therapie"}, {"verfahren": None}, "procedure"),
        ({"sprachen": ("Farsi",)}, {"sprachen": ("Englisch",)}, "language"),
        ({"sprachen": ("Farsi",)}, {}, "language"),
        ({}, {"altersgruppe": None}, "age_group"),
        ({"geburtsdatum": None}, {}, "age_group"),
        ({"excluded_therapists": frozenset({10})}, {}, "excluded"),
        ({}, {"place": north_of_koeln(30.06 / 1.3)}, "too_far"),
        ({"travel_mode": None}, {"place": north_of_koeln(30.06 / 1.5)}, "too_far"),
        ({}, {"place": north_of_koeln(15.06 / 1.3, "approximate")}, "place_too_vague"),
    ],
)
def test_a_broken_hard_rule_is_seen(
    patient: dict[str, Any], therapist: dict[str, Any], code: str
) -> None:
    world = replace(asked(**therapist), searches=[*FOUR[:2], a_search(3, patient=patient), FOUR[3]])

    broken = [who for what, who in told(world, GOOD) if what == f"hard rule broken: {code}"]

    assert (10, 3) in broken


@pytest.mark.parametrize(
    ("world", "plan", "expected"),
    [
        pytest.param(
            WORLD, a_plan(a_bundle(77, 1, 2, 3, 4)), [("unknown therapist", (77,))], id="stranger"
        ),
        pytest.param(
            WORLD, a_plan(a_bundle(10, 1, 2, 77)), [("unknown search", (77,))], id="no such search"
        ),
        pytest.param(
            replace(
                TWO_THERAPISTS, therapists=[usual_therapist(n, mailbox_id=10) for n in (10, 20)]
            ),
            a_plan(a_bundle(10, 1, 2, 3, 4), a_bundle(20, 1, 2, 3, mailbox_id=10)),
            [("mailbox asked twice", (20,))],
            id="two of one mailbox",
        ),
        pytest.param(
            WORLD,
            a_plan(a_bundle(10, 1, 2, 3, 4, mailbox_id=5)),
            [("wrong mailbox", (10,))],
            id="letter to another mailbox",
        ),
        pytest.param(
            WORLD,
            a_plan(a_bundle(10, 1, 2, 3, 3, 4)),
            [("search twice in one bundle", (10, 3))],
            id="twice in one bundle",
        ),
        pytest.param(
            with_third(status="paused"),
            GOOD,
            [("search is not active", (10, 3))],
            id="paused",
        ),
        pytest.param(
            ordered(rules=BundleRules(max_size=3)),
            GOOD,
            [("bundle is too large", (10,))],
            id="too large",
        ),
        pytest.param(
            ordered(rules=BundleRules(min_size=5)),
            GOOD,
            [("bundle is too small", (10,))],
            id="too small",
        ),
        pytest.param(
            WORLD,
            a_plan(a_bundle(10, 1, 2, 3, 4, size_exception=SizeException.OVERRIDE)),
            [("exception without need", (10,)), ("override that nobody asked for", (10,))],
            id="exception without need",
        ),
        pytest.param(
            WORLD,
            a_plan(
                a_bundle(10, 1, 2, size_exception=SizeException.MANUAL),
                unplaced=(Unplaced(3, "no_room"), Unplaced(4, "no_room")),
            ),
            [("exception that no wave can make", (10,))],
            id="manual exception",
        ),
        pytest.param(
            WORLD,
            a_plan(
                a_bundle(10, 1, 2, size_exception=SizeException.THIN_REGION),
                unplaced=(Unplaced(3, "no_room"), Unplaced(4, "no_room")),
            ),
            [("region is not thin", (10,))],
            id="four eligible",
        ),
        pytest.param(
            replace(TWO_THERAPISTS, searches=[FOUR[0], a_search(2, 30)]),
            a_plan(
                a_bundle(10, 1, 2, size_exception=SizeException.THIN_REGION),
                a_bundle(20, 1, size_exception=SizeException.THIN_REGION),
            ),
            [("region is not thin", (10,)), ("region is not thin", (20,))],
            id="asked in the same wave",
        ),
        pytest.param(
            with_third(remaining_contacts=0, waiting_days=20),
            GOOD,
            [("budget exceeded", (3,)), ("outside of the field", (10, 3))],
            id="no contacts left",
        ),
        pytest.param(
            replace(TWO_THERAPISTS, searches=[*FOUR[:3], a_search(4, remaining_contacts=1)]),
            a_plan(a_bundle(10, 1, 2, 3, 4), a_bundle(20, 1, 2, 4)),
            [("budget exceeded", (4,))],
            id="one contact twice",
        ),
        pytest.param(
            replace(TWO_THERAPISTS, order=WaveOrder(max_bundles=1)),
            a_plan(a_bundle(10, 1, 2, 3, 4), a_bundle(20, 1, 2, 3)),
            [("more bundles than ordered", ())],
            id="beyond the limit",
        ),
        pytest.param(
            ordered(excluded=frozenset({(10, 3)})),
            GOOD,
            [("excluded pair used", (10, 3)), ("outside of the field", (10, 3))],
            id="excluded by the order",
        ),
        pytest.param(
            with_third(waiting_days=20, patient={"diagnose": "Z73; F32.-", "group_ok": None}),
            GOOD,
            [],
            id="fits all the same",
        ),
        pytest.param(
            WORLD,
            a_plan(a_bundle(10, 2, 3, 4), unplaced=(Unplaced(1, "no_room"),)),
            [("longest waiter left out", (10, 1))],
            id="guarantee",
        ),
    ],
)
def test_every_planted_violation_is_named(
    world: World, plan: WavePlan, expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert told(world, plan) == expected


def only_one_relaxed(field_size: int) -> World:
    searches = [*FOUR[:3], a_search(4, patient={"only_group": True})]
    order = WaveOrder(rules=BundleRules(field_size=field_size))
    return replace(WORLD, searches=searches, order=order)


def test_a_member_from_outside_of_the_field_is_seen() -> None:
    relaxed = BundleMember(
        4, 104, 0.0, ("group",), (Reason("group", {"state": "relaxed", "only_group": True}),)
    )
    plan = a_plan(a_bundle(10, members=(*a_bundle(10, 1, 2, 3).members, relaxed)))

    assert told(only_one_relaxed(4), plan) == []
    assert told(only_one_relaxed(3), plan) == [("outside of the field", (10, 4))]


def test_the_longest_waiter_among_the_least_relaxed_is_the_one_to_be_in() -> None:
    waits_longest = [*FOUR[:3], a_search(4, 99, patient={"only_group": True})]
    plan = a_plan(a_bundle(10, 1, 2, 3), unplaced=(Unplaced(4, "no_room"),))

    assert told(replace(WORLD, searches=waits_longest), plan) == []


@pytest.mark.parametrize(
    ("differences", "what"),
    [
        ({"relaxed": ("group",)}, "wrong relaxed tiers"),
        ({"distance_km": 0.1}, "wrong distance"),
        ({"distance_km": None}, "wrong distance"),
        ({"reasons": (Reason("age", {"state": "unknown"}),)}, "wrong reasons of a member"),
        ({"patient_id": 1}, "wrong patient"),
    ],
)
def test_what_is_told_of_a_member_is_checked(differences: dict[str, Any], what: str) -> None:
    first, *others = GOOD.bundles[0].members
    told_wrongly = replace(GOOD.bundles[0], members=(replace(first, **differences), *others))

    assert told(WORLD, a_plan(told_wrongly)) == [(what, (10, 1))]
