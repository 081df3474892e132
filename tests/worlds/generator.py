"""Tiny worlds by number: the same seed is the same world, on every machine."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from matching_service.domain.bundles import BundleRules
from matching_service.domain.plans import Assignment, WaveOrder
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot
from shared.contracts.berlin import berlin_day
from tests.worlds.vocabulary import (
    NOWS,
    Oddities,
    contact_oddities,
    patient_oddities,
    search_oddities,
    therapist_oddities,
)
from tests.worlds.world import Experience, World, usual_patient, usual_search, usual_therapist

PEOPLE_AT_MOST = 12
THERAPISTS_AT_MOST = 5
NOBODY = 999
_WAITING = (0, 1, 3, 14, 29, 30, 31, 45, 45, 60, 120)
_SECONDS_OF_A_DAY = 24 * 60 * 60
_ODD_AT_MOST = (0, 1, 2, 3)  # fields of one person, by how tidy a world is
_EXPERIENCE: tuple[Experience, ...] = ("priors", "learned", "switched_off")


class _Theme(NamedTuple):
    """Fields that one rule compares: rare in both at once, unless a whole world is about them."""

    patient: tuple[str, ...] = ()
    therapist: tuple[str, ...] = ()


_FAITHFUL_TO_THE_THEME = 0.5
_THEMES = (
    *[_Theme()] * 8,
    _Theme(("diagnose",), ("preferred_diagnoses",)),
    _Theme(("availability",), ("working_hours",)),
    _Theme(("place", "max_km", "travel_mode"), ("place",)),
    _Theme(("geburtsdatum",), ("altersgruppe", "age_min", "age_max")),
    _Theme(("geschlecht", "therapist_gender_preference"), ("geschlecht", "gender_preference")),
    _Theme(("group_ok", "only_group"), ("group_therapy_preference",)),
    _Theme(("sprachen", "verfahren"), ("sprachen", "verfahren")),
    _Theme(("versicherungsart",), ("kassensitz",)),
)


def world_of(seed: int) -> World:
    random = Random(seed)
    dice = _Dice(random, random.choice(NOWS), random.choice(_ODD_AT_MOST), random.choice(_THEMES))
    asked = random.randint(1, THERAPISTS_AT_MOST)
    waiting = random.randint(0 if random.random() < 0.1 else 3, PEOPLE_AT_MOST - asked)
    therapists = [_therapist(dice, 10 * number) for number in range(1, asked + 1)]
    searches = [_search(dice, number) for number in range(1, waiting + 1)]
    if random.random() < 0.15:
        searches = [one for one in searches if random.random() < 0.4]
    order = _order(random, therapists, searches)
    return World(therapists, searches, dice.now, order, random.choice(_EXPERIENCE))


class _Dice(NamedTuple):
    """`odd`: in how many fields people differ from the usual; `theme`: in which most of all."""

    random: Random
    now: datetime
    odd: int
    theme: _Theme

    def some(self, oddities: Oddities, most: int) -> dict[str, Any]:
        """An odd value for a few fields."""
        names = self.random.sample(list(oddities), self.random.randint(0, most))
        return {name: self.random.choice(oddities[name]) for name in names}

    def of_the_theme(self, oddities: Oddities, names: Sequence[str]) -> dict[str, Any]:
        chosen = [name for name in names if self.random.random() < _FAITHFUL_TO_THE_THEME]
        return {name: self.random.choice(oddities[name]) for name in chosen}


def _therapist(dice: _Dice, therapist_id: int) -> TherapistSnapshot:
    today, random = berlin_day(dice.now), dice.random
    oddities = therapist_oddities(today)
    differences = dice.some(oddities, dice.odd + 1)
    differences |= dice.of_the_theme(oddities, dice.theme.therapist)
    if random.random() < 0.2:
        differences |= dice.some(contact_oddities(today), 2)
    if random.random() < 0.15:
        differences["mailbox_id"] = 10  # of the first one
    return usual_therapist(therapist_id, **differences)


def _search(dice: _Dice, search_id: int) -> SearchSnapshot:
    today, random = berlin_day(dice.now), dice.random
    oddities = patient_oddities(today)
    patient = dice.some(oddities, dice.odd) | dice.of_the_theme(oddities, dice.theme.patient)
    seconds = random.choice((0, 1, random.randrange(_SECONDS_OF_A_DAY)))
    waiting = timedelta(days=random.choice(_WAITING), seconds=seconds)
    differences: dict[str, Any] = {"waiting_since": dice.now - waiting}
    if random.random() < 0.4:
        differences |= dice.some(search_oddities(dice.now, today), 2)
    return usual_search(
        search_id, dice.now, usual_patient(100 + search_id, dice.now, **patient), **differences
    )


def _order(
    random: Random, therapists: list[TherapistSnapshot], searches: list[SearchSnapshot]
) -> WaveOrder:
    if random.random() < 0.4:
        return WaveOrder()
    ids = [one.therapist_id for one in therapists], [one.search_id for one in searches]
    return WaveOrder(
        rules=_rules(random),
        max_bundles=random.choice((None, None, 1, 2)),
        pinned=_pairs(random, *ids),
        excluded=_pairs(random, *ids),
    )


def _rules(random: Random) -> BundleRules:
    smallest = random.choice((3, 3, 3, 4, 5))
    return BundleRules(
        min_size=smallest,
        max_size=random.randint(smallest, 6),
        field_size=random.randint(3, 8),
        small_allowed=random.random() < 0.2,
    )


def _pairs(random: Random, therapists: list[int], searches: list[int]) -> frozenset[Assignment]:
    """Nearly all of people who exist."""
    therapists = therapists * 4 + [NOBODY]
    searches = searches * 4 + [NOBODY]
    count = random.choice((0, 0, 1, 2, 4))
    return frozenset((random.choice(therapists), random.choice(searches)) for _ in range(count))
