"""The judge of waves reads what a plan says of everybody who is not in a bundle."""

from dataclasses import replace
from typing import Any

import pytest

from matching_service.domain.bundles import BundleRules
from matching_service.domain.explanations import Reason
from matching_service.domain.plans import RefusedPin, Skipped, Unplaced, WaveOrder, WavePlan
from tests.worlds.unit.examples import (
    FOUR,
    GOOD,
    NOW,
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

FAR = usual_therapist(20, place=north_of_koeln(200))


def too_few(therapist_id: int, candidates: int = 0, needed: int = 3) -> Skipped:
    reason = Reason("too_few_candidates", {"candidates": candidates, "needed": needed})
    return Skipped(therapist_id, reason)


def skipped(therapist_id: int, code: str) -> Skipped:
    return Skipped(therapist_id, Reason(code))


def refused(search_id: int, code: str, therapist_id: int = 10) -> RefusedPin:
    return RefusedPin(therapist_id, search_id, Reason(code))


BESIDE_FAR = replace(WORLD, therapists=[*WORLD.therapists, FAR])


@pytest.mark.parametrize(
    ("world", "more", "expected"),
    [
        (BESIDE_FAR, {"skipped": (too_few(20),)}, []),
        (BESIDE_FAR, {}, [("therapist is lost", (20,))]),
        (BESIDE_FAR, {"skipped": (too_few(20),) * 2}, [("therapist is told twice", (20,))]),
        (
            BESIDE_FAR,
            {"skipped": (too_few(20, candidates=1),)},
            [("wrong number of candidates", (20,))],
        ),
        (
            BESIDE_FAR,
            {"skipped": (skipped(20, "blocked"),)},
            [("wrongly skipped as blocked", (20,))],
        ),
        (
            TWO_THERAPISTS,
            {"skipped": (too_few(20, candidates=4),)},
            [("skipped although a bundle is left", (20,))],
        ),
        (WORLD, {"unplaced": (Unplaced(1, "no_room"),)}, [("search is told twice", (1,))]),
        (
            replace(WORLD, searches=[*FOUR, a_search(5, status="paused")]),
            {"unplaced": (Unplaced(5, "no_room"),)},
            [("search has no part in the wave", (5,))],
        ),
    ],
)
def test_everybody_is_told_once_and_rightly(
    world: World, more: dict[str, Any], expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    everybody = [one for one in told(world, replace(GOOD, **more)) if "unplaced as" not in one[0]]

    assert everybody == expected


@pytest.mark.parametrize(
    ("differences", "code"),
    [
        ({"status": "gesperrt", "has_open_inquiry": True}, "blocked"),
        ({"opted_out": True}, "opted_out"),
        ({"kontakt_wieder_ab": TOMORROW}, "later"),
        ({"mail_possible_on": TOMORROW}, "later"),
        ({"has_email": False, "has_phone": False}, "no_channel"),
        ({"next_contactable_date": TOMORROW}, "cooling"),
        ({"has_open_inquiry": True}, "open_inquiry"),
        ({"mailbox_id": 10}, "same_mailbox"),
    ],
)
def test_the_reason_for_skipping_has_to_be_the_right_one(
    differences: dict[str, Any], code: str
) -> None:
    world = replace(WORLD, therapists=[usual_therapist(10), usual_therapist(20, **differences)])

    assert told(world, replace(GOOD, skipped=(skipped(20, code),))) == []
    assert told(world, replace(GOOD, skipped=(skipped(20, "max_bundles"),))) == [
        ("wrongly skipped as max_bundles", (20,))
    ]


def test_the_limit_is_the_reason_once_it_is_reached() -> None:
    world = replace(TWO_THERAPISTS, order=WaveOrder(max_bundles=1))

    assert told(world, replace(GOOD, skipped=(skipped(20, "max_bundles"),))) == []
    assert told(world, replace(GOOD, skipped=(too_few(20, candidates=4),))) == [
        ("wrongly skipped as too_few_candidates", (20,))
    ]


FIVE = replace(WORLD, order=WaveOrder(rules=BundleRules(max_size=4)))


@pytest.mark.parametrize(
    ("fifth", "reason"),
    [
        ({}, "no_room"),
        ({"remaining_contacts": 0}, "budget_used"),
        ({"patient": {"place": north_of_koeln(-90)}}, "no_eligible_therapist"),
    ],
)
def test_the_reason_for_leaving_a_search_out_has_to_be_the_right_one(
    fifth: dict[str, Any], reason: str
) -> None:
    world = replace(FIVE, searches=[*FOUR, a_search(5, waiting_days=1, **fifth)])

    assert told(world, replace(GOOD, unplaced=(Unplaced(5, reason),))) == []
    assert told(world, replace(GOOD, unplaced=(Unplaced(5, "same_mailbox"),))) == [
        ("wrongly unplaced as same_mailbox", (5,))
    ]
    assert told(world, GOOD) == [("search is lost", (5,))]


def test_a_search_all_of_whose_therapists_have_too_few_is_told_so() -> None:
    world = World([usual_therapist(10)], FOUR[2:], NOW)
    unplaced = tuple(Unplaced(number, "too_few_candidates") for number in (3, 4))
    plan = WavePlan((), (too_few(10, candidates=2),), unplaced, ())

    assert told(world, plan) == []


PINNED = replace(
    WORLD,
    searches=[*FOUR, a_search(5, waiting_days=0)],
    order=WaveOrder(pinned=frozenset({(10, 5)}), rules=BundleRules(max_size=3)),
)
LEFT = (Unplaced(3, "no_room"), Unplaced(4, "no_room"))


def test_a_kept_pin_comes_first() -> None:
    assert told(PINNED, a_plan(a_bundle(10, 5, 1, 2), unplaced=LEFT)) == []
    assert told(PINNED, a_plan(a_bundle(10, 1, 5, 2), unplaced=LEFT)) == [
        ("pins are not the first", (10,))
    ]


def test_a_pin_is_not_left_out_while_there_are_contacts() -> None:
    without = a_plan(
        a_bundle(10, 1, 2, 3),
        unplaced=(Unplaced(4, "no_room"), Unplaced(5, "no_room")),
        refused_pins=(refused(5, "no_room"),),
    )

    assert told(PINNED, without) == [("pin left out", (10, 5))]


def test_a_pin_does_not_give_way_to_somebody_not_pinned() -> None:
    searches = [*FOUR, a_search(5, remaining_contacts=1)]
    world = replace(TWO_THERAPISTS, searches=searches, order=WaveOrder(pinned=frozenset({(20, 5)})))
    plan = a_plan(
        a_bundle(10, 1, 2, 3, 4, 5),
        a_bundle(20, 1, 2, 3, 4),
        refused_pins=(refused(5, "no_room", 20),),
    )

    assert told(world, plan) == [("pin left out for somebody not pinned", (20, 5))]


@pytest.mark.parametrize(
    ("therapists", "order"),
    [
        ([usual_therapist(10), usual_therapist(20)], {"max_bundles": 1}),
        ([usual_therapist(10), usual_therapist(20, mailbox_id=10)], {}),
    ],
)
def test_a_pinned_therapist_does_not_give_way_to_one_without_pins(
    therapists: list[Any], order: dict[str, Any]
) -> None:
    world = World(therapists, FOUR, NOW, WaveOrder(pinned=frozenset({(20, 4)}), **order))
    why = "max_bundles" if order else "same_mailbox"
    plan = replace(GOOD, skipped=(skipped(20, why),), refused_pins=(refused(4, why, 20),))

    assert told(world, plan) == [("pinned therapist left out", (20, 4))]


AWAY = a_search(5, patient={"place": north_of_koeln(-90)})


@pytest.mark.parametrize(
    ("pin", "code"),
    [((10, 9), "not_found"), ((9, 1), "not_found"), ((10, 5), "too_far"), ((10, 6), "excluded")],
)
def test_a_refused_pin_says_why(pin: tuple[int, int], code: str) -> None:
    order = WaveOrder(pinned=frozenset({pin}), excluded=frozenset({(10, 6)}))
    world = World([usual_therapist(10)], [*FOUR, AWAY, a_search(6, 0)], NOW, order)
    plan = replace(
        GOOD,
        unplaced=(Unplaced(5, "no_eligible_therapist"), Unplaced(6, "no_eligible_therapist")),
        refused_pins=(RefusedPin(*pin, Reason(code)),),
    )

    assert told(world, plan) == []
    assert told(world, replace(plan, refused_pins=())) == [("pin is told wrongly", pin)]
    assert told(world, replace(plan, refused_pins=(RefusedPin(*pin, Reason("cooling")),))) == [
        ("pin wrongly refused as cooling", pin)
    ]


def test_a_pin_that_nobody_ordered_is_seen() -> None:
    assert ("pin that nobody ordered", (10, 1)) in told(
        WORLD, replace(GOOD, refused_pins=(refused(1, "no_room"),))
    )
