"""Who may be asked and who fits whom, told a second time from the rules' text alone.

None of `matching_service.domain`'s rules is used here, only the values they speak of.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache, partial
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from matching_service.domain.availability import Availability
from matching_service.domain.snapshots import (
    Location,
    PatientSnapshot,
    Place,
    SearchSnapshot,
    TherapistSnapshot,
)
from tests.worlds.vocabulary import CODES_BEHIND, WEEK_BEHIND, WISH_BEHIND

TIERS = ("availability", "diagnosis", "age", "gender_preference", "group")
MET, RELAXED, UNKNOWN = "met", "relaxed", "unknown"

_SESSION_MINUTES = 50
_SPARE_KM = 15
_ENGLISH = {"männlich": "male", "weiblich": "female", "divers": "divers"}


class Fit(NamedTuple):
    """`obstacles`: codes of hard constraints that are not met; `undecided`: those of them that
    nobody can decide on what is known. `tiers`: a state for each."""

    obstacles: tuple[str, ...]
    undecided: frozenset[str]
    tiers: tuple[str, ...]
    km: float | None

    @property
    def relaxed(self) -> tuple[str, ...]:
        return tuple(code for code, state in self.not_met if state == RELAXED)

    @property
    def not_met(self) -> list[tuple[str, str]]:
        """Codes of tiers with their states, in the order of weight."""
        told = zip(TIERS, self.tiers, strict=True)
        return [(code, state) for code, state in told if state != MET]

    @property
    def first_needed(self) -> int:
        """How many tiers, from the last, have to be relaxed for this one to come in."""
        return next((5 - at for at, state in enumerate(self.tiers) if state == RELAXED), 0)

    @property
    def relaxation(self) -> tuple[bool, ...]:
        """Ordered by it, the least relaxed come first: an earlier tier outweighs all later."""
        return tuple(state == RELAXED for state in self.tiers)


def fit(search: SearchSnapshot, therapist: TherapistSnapshot, today: date) -> Fit:
    patient, age = search.patient, age_on(search.patient.geburtsdatum, today)
    km = kilometres(patient, therapist)
    obstacles = (*_obstacles(search, therapist, age), *_distance(patient, therapist, km))
    tiers = (
        _availability(patient.availability, therapist.working_hours),
        _diagnosis(therapist.preferred_diagnoses, patient.diagnose),
        _age(therapist.age_min, therapist.age_max, age),
        _gender(therapist.gender_preference, patient.geschlecht),
        _group(therapist.group_therapy_preference, patient),
    )
    undecided = _undecidable(patient, therapist, age).intersection(obstacles)
    return Fit(obstacles, undecided, tiers, km)


def contact_obstacles(therapist: TherapistSnapshot, today: date) -> tuple[str, ...]:
    """In the order in which they are told."""
    is_ahead = partial(_is_after, today)
    found = {
        "blocked": therapist.status != "aktiv",
        "opted_out": therapist.opted_out,
        "later": is_ahead(therapist.kontakt_wieder_ab),
        "no_channel": not therapist.has_email and not therapist.has_phone,
        "cooling": is_ahead(therapist.next_contactable_date),
        "later (mail)": therapist.has_email and is_ahead(therapist.mail_possible_on),
        "open_inquiry": therapist.has_open_inquiry,
    }
    return tuple(code.split()[0] for code, stands_in_the_way in found.items() if stands_in_the_way)


def _is_after(today: date, day: date | None) -> bool:
    return day is not None and day > today


def age_on(born: date | None, today: date) -> int | None:
    """Who was born on 29 February has a birthday on 1 March in other years."""
    if born is None:
        return None
    years = today.year - born.year
    try:
        birthday = born.replace(year=today.year)
    except ValueError:
        birthday = date(today.year, 3, 1)
    return years if birthday <= today else years - 1


def kilometres(patient: PatientSnapshot, therapist: TherapistSnapshot) -> float | None:
    """As people read it: to 100 m."""
    straight = _great_circle(patient.place, therapist.place)
    if straight is None:
        return None
    return round(straight * (1.3 if patient.travel_mode == "car" else 1.5), 1)


def _obstacles(
    search: SearchSnapshot, therapist: TherapistSnapshot, age: int | None
) -> Iterator[str]:
    patient = search.patient
    excluded = search.excluded_therapists | patient.excluded_therapists
    met = {
        "excluded": therapist.therapist_id not in excluded,
        "insurance": bool(therapist.kassensitz) or _pays_for_himself(patient),
        "gender": _is_of(patient.therapist_gender_preference, therapist.geschlecht),
        "procedure": _offers(therapist.verfahren or (), patient.verfahren),
        "language": _speak_with_each_other(patient.sprachen, therapist.sprachen or ()),
        "age_group": _may_treat(therapist.altersgruppe, age),
    }
    yield from (code for code, is_met in met.items() if not is_met)


def _undecidable(
    patient: PatientSnapshot, therapist: TherapistSnapshot, age: int | None
) -> frozenset[str]:
    """Rules for which too little is known, if they are not met."""
    treats_one_group = therapist.altersgruppe in ("erwachsene", "kinder_jugendliche")
    too_little = {
        "insurance": patient.versicherungsart != "gesetzlich" or therapist.kassensitz is None,
        "gender": therapist.geschlecht not in _ENGLISH
        or patient.therapist_gender_preference not in ("male", "female"),
        "procedure": not therapist.verfahren,
        "language": not therapist.sprachen,
        "age_group": age is None or not treats_one_group,
        "place_unknown": True,
        "place_too_vague": True,
    }
    return frozenset(code for code, is_so in too_little.items() if is_so)


def _pays_for_himself(patient: PatientSnapshot) -> bool:
    return patient.versicherungsart in {"privat", "selbstzahler", "kostenerstattung"}


def _is_of(wish: str | None, geschlecht: str | None) -> bool:
    """`divers` and unknown meet no wish."""
    wished = {"male": "männlich", "female": "weiblich"}
    return wish in (None, "any") or geschlecht == wished.get(wish or "", "nobody")


def _offers(procedures: tuple[str, ...], wish: str | None) -> bool:
    return (wish or "Egal") in ("Egal", *procedures)


def _speak_with_each_other(wished: tuple[str, ...], spoken: tuple[str, ...]) -> bool:
    """German is spoken by all."""
    languages = {"deutsch", *(name.strip().lower() for name in spoken)}
    return not wished or any(name.strip().lower() in languages for name in wished)


def _may_treat(altersgruppe: str | None, age: int | None) -> bool:
    if altersgruppe == "beide":
        return True
    if age is None:
        return False
    if age in (18, 19, 20):
        return True
    return altersgruppe == ("kinder_jugendliche" if age < 18 else "erwachsene")


def _distance(
    patient: PatientSnapshot, therapist: TherapistSnapshot, km: float | None
) -> Iterator[str]:
    limit = 30 if patient.max_km is None else patient.max_km
    if km is None:
        yield "place_unknown"
    elif km > limit:
        yield "too_far"
    elif _is_vague(patient.place, therapist.place) and km > limit - _SPARE_KM:
        yield "place_too_vague"


def _is_vague(*places: Location) -> bool:
    return any(isinstance(place, Place) and place.precision == "approximate" for place in places)


@cache
def _great_circle(one: Location, other: Location) -> float | None:
    """Haversine."""
    if not isinstance(one, Place) or not isinstance(other, Place):
        return None
    north, other_north = radians(one.latitude), radians(other.latitude)
    east = radians(other.longitude - one.longitude)
    half = sin((other_north - north) / 2) ** 2
    half += cos(north) * cos(other_north) * sin(east / 2) ** 2
    return 2 * 6371.0088 * asin(min(1.0, sqrt(half)))


@cache
def _availability(free: Availability, working: Availability) -> str:
    """One common session of 50 minutes; none goes on after midnight."""
    patient, therapist = WEEK_BEHIND[free], WEEK_BEHIND[working]
    if patient is None or therapist is None:
        return UNKNOWN
    common = {(day, m) for day, start, end in patient for m in range(start, end)}
    common &= {(day, m) for day, start, end in therapist for m in range(start, end)}
    begins = (
        all((day, minute + more) in common for more in range(_SESSION_MINUTES))
        for day, minute in common
    )
    return MET if any(begins) else RELAXED


@cache
def _diagnosis(preferred: tuple[str, ...] | None, diagnose: str | None) -> str:
    """F32 ↔ F32.1: either may be the more general one."""
    if preferred is None:
        return UNKNOWN
    if not preferred:
        return MET
    codes, wishes = CODES_BEHIND[diagnose], [WISH_BEHIND[entry] for entry in preferred]
    if not codes:
        return UNKNOWN
    meant = [wish for entry in wishes for wish in entry or ()]
    if any(code.startswith(wish) or wish.startswith(code) for code in codes for wish in meant):
        return MET
    return UNKNOWN if None in wishes else RELAXED


def _age(lowest: int | None, highest: int | None, age: int | None) -> str:
    """Inclusive; 0 and None are no limit."""
    if not lowest and not highest:
        return MET
    if age is None:
        return UNKNOWN
    return MET if (lowest or 0) <= age <= (highest or 999) else RELAXED


def _gender(wish: str | None, geschlecht: str | None) -> str:
    if wish == "any":
        return MET
    patient = _ENGLISH.get(geschlecht or "")
    if wish not in ("male", "female") or patient is None:
        return UNKNOWN
    return MET if patient == wish else RELAXED


def _group(offered: bool | None, patient: PatientSnapshot) -> str:
    """True looks for patients who are open to a group, False offers no group."""
    if offered is None:
        return UNKNOWN
    if not offered:
        return RELAXED if patient.only_group else MET
    if patient.only_group or patient.group_ok:
        return MET
    return UNKNOWN if patient.group_ok is None else RELAXED
