"""Preferences as tables: which tiers a pair fails, looked up by kinds of person."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matching_service.domain import preferences
from matching_service.domain.constraints import GENDERS
from matching_service.domain.diagnoses import codes_in, diagnosis_matches
from matching_service.domain.preferences import TIERS
from matching_service.domain.snapshots import (
    PatientSnapshot,
    SearchSnapshot,
    TherapistSnapshot,
    pair_of,
)
from matching_service.domain.verdicts import Violated

Kinds = NDArray[np.int32]
Flags = NDArray[np.uint8]
Thing = TypeVar("Thing", bound=Hashable)

_GENDER_WISHES = ("any", "male", "female", None)
_GROUP_OFFERS = (None, True, False)
_GENDERS = (*GENDERS, None)
_TRUTHS = (None, True, False)
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def bit_of(tier: object) -> int:
    """Its binary digit in `Candidate.relaxation`."""
    return 1 << (len(TIERS) - 1 - [one is tier for one in TIERS].index(True))


AVAILABILITY = bit_of(preferences.availability)
DIAGNOSIS = bit_of(preferences.diagnosis)
AGE = bit_of(preferences.age)


@dataclass(frozen=True, slots=True)
class Table:
    """`failed[therapist kind, search kind]`: bits of the failed tiers, and everybody's kind."""

    failed: Flags
    therapists: Kinds
    searches: Kinds


def gender_and_group(
    therapists: Sequence[TherapistSnapshot], searches: Sequence[SearchSnapshot]
) -> Table:
    offers = list(product(_GENDER_WISHES, _GROUP_OFFERS))
    patients = list(product(_GENDERS, (False, True), _TRUTHS))
    failed = [[_failed(offer, patient) for patient in patients] for offer in offers]
    return Table(
        np.array(failed, np.uint8),
        np.array([offers.index(_offer(one)) for one in therapists], np.int32),
        np.array([patients.index(_wants(one.patient)) for one in searches], np.int32),
    )


def diagnoses(therapists: Sequence[TherapistSnapshot], searches: Sequence[SearchSnapshot]) -> Table:
    lists = _numbered(one.preferred_diagnoses or () for one in therapists)
    texts = _numbered(one.patient.diagnose or "" for one in searches)
    entries = _numbered(entry for one in lists for entry in one)
    matches = [[diagnosis_matches(entry, text) is not False for text in texts] for entry in entries]
    might_match = np.array(matches, np.bool_).reshape(len(entries), len(texts))
    known = np.array([bool(codes_in(text)) for text in texts], np.bool_)
    failed = np.zeros((len(lists), len(texts)), np.uint8)
    for wished, number in lists.items():
        if wished:
            meant = might_match[[entries[entry] for entry in wished]].any(axis=0)
            failed[number] = np.where(known & ~meant, DIAGNOSIS, 0)
    return Table(
        failed,
        np.array([lists[one.preferred_diagnoses or ()] for one in therapists], np.int32),
        np.array([texts[one.patient.diagnose or ""] for one in searches], np.int32),
    )


def _numbered(things: Iterable[Thing]) -> dict[Thing, int]:
    return {thing: number for number, thing in enumerate(dict.fromkeys(things))}


def _failed(offer: tuple[str | None, bool | None], patient: tuple[str | None, bool, object]) -> int:
    """Asks the rules themselves."""
    gender_preference, group = offer
    geschlecht, only_group, group_ok = patient
    someone = PatientSnapshot(
        patient_id=0,
        geschlecht=geschlecht,
        only_group=only_group,
        group_ok=None if group_ok is None else bool(group_ok),
    )
    search = SearchSnapshot(search_id=0, patient=someone, waiting_since=_ANY_TIME)
    therapist = TherapistSnapshot(
        therapist_id=0,
        mailbox_id=0,
        gender_preference=gender_preference,
        group_therapy_preference=group,
    )
    pair = pair_of(search, therapist, _ANY_TIME.date())
    rules = (preferences.gender, preferences.group)
    return sum(bit_of(rule) for rule in rules if isinstance(rule(pair), Violated))


def _offer(therapist: TherapistSnapshot) -> tuple[str | None, bool | None]:
    wish = therapist.gender_preference
    return (wish if wish in _GENDER_WISHES else None, therapist.group_therapy_preference)


def _wants(patient: PatientSnapshot) -> tuple[str | None, bool, bool | None]:
    gender = patient.geschlecht if patient.geschlecht in GENDERS else None
    return gender, patient.only_group, patient.group_ok
