"""Hard constraints without geometry as bits: the readable rules are asked once per kind of person.

A trait is what one rule looks at. Each kind of therapist has a bit in it; a therapist shows the
bits that are true of her, a search accepts the bits with which the rule is met, and the rule is met
when the two have one in common. All bits come from asking the rule itself.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching_service.domain import constraints
from matching_service.domain.ages import full_years
from matching_service.domain.constraints import GENDERS
from matching_service.domain.snapshots import (
    Pair,
    PatientSnapshot,
    SearchSnapshot,
    TherapistSnapshot,
    pair_of,
)
from matching_service.domain.verdicts import MET, Verdict

Words = NDArray[np.uint64]
WORD_BITS = 64
_NOTHING, _OTHER = "\0nothing", "\0other"


class TooManyKinds(Exception):
    """More different wishes than a word has bits."""


@dataclass(frozen=True, slots=True)
class Trait:
    """`shown`: the kinds that are true of a therapist; `looks_at`: all that the rule sees of a
    patient; `example`: fields of a therapist of one kind."""

    rule: Callable[[Pair], Verdict]
    shown: Callable[[TherapistSnapshot], Iterable[Hashable]]
    looks_at: Callable[[PatientSnapshot, date], Hashable]
    example: Callable[[Any], dict[str, Any]]
    wishes: Callable[[PatientSnapshot], Iterable[str]] | None = None
    kinds: tuple[Hashable, ...] = ()


def _altersgruppe(therapist: TherapistSnapshot) -> tuple[str | None]:
    known = ("erwachsene", "kinder_jugendliche", "beide")
    return (therapist.altersgruppe if therapist.altersgruppe in known else None,)


def _spelled(names: Iterable[str]) -> list[str]:
    return [name.strip().casefold() for name in names]


def _age(patient: PatientSnapshot, today: date) -> int | None:
    return None if patient.geburtsdatum is None else full_years(patient.geburtsdatum, today)


TRAITS = (
    Trait(
        rule=constraints.insurance,
        shown=lambda one: (one.kassensitz,),
        looks_at=lambda patient, _: patient.versicherungsart,
        example=lambda kind: {"kassensitz": kind},
        kinds=(True, False, None),
    ),
    Trait(
        rule=constraints.age_group,
        shown=_altersgruppe,
        looks_at=_age,
        example=lambda kind: {"altersgruppe": kind},
        kinds=("erwachsene", "kinder_jugendliche", "beide", None),
    ),
    Trait(
        rule=constraints.therapist_gender,
        shown=lambda one: (one.geschlecht if one.geschlecht in GENDERS else None,),
        looks_at=lambda patient, _: patient.therapist_gender_preference,
        example=lambda kind: {"geschlecht": kind},
        kinds=(*GENDERS, None),
    ),
    Trait(
        rule=constraints.procedure,
        shown=lambda one: one.verfahren or (),
        looks_at=lambda patient, _: patient.verfahren,
        example=lambda kind: {"verfahren": () if kind == _NOTHING else (kind,)},
        wishes=lambda patient: (patient.verfahren,) if patient.verfahren else (),
    ),
    Trait(
        rule=constraints.language,
        shown=lambda one: _spelled(one.sprachen or ()),
        looks_at=lambda patient, _: patient.sprachen,
        example=lambda kind: {"sprachen": () if kind == _NOTHING else (kind,)},
        wishes=lambda patient: _spelled(patient.sprachen),
    ),
)


def words_of(
    searches: Sequence[SearchSnapshot], therapists: Sequence[TherapistSnapshot], today: date
) -> tuple[Words, Words]:
    """Accepted and shown bits, a column per trait: shapes (searches, 5) and (therapists, 5).

    Raises TooManyKinds.
    """
    accepted = np.empty((len(searches), len(TRAITS)), np.uint64)
    shown = np.empty((len(therapists), len(TRAITS)), np.uint64)
    for column, trait in enumerate(TRAITS):
        kinds = trait.kinds or _kinds_wished(trait, searches)
        if len(kinds) > WORD_BITS:
            raise TooManyKinds
        accepted[:, column] = _accepted(trait, kinds, searches, today)
        shown[:, column] = _shown(trait, kinds, therapists)
    return accepted, shown


def _kinds_wished(trait: Trait, searches: Sequence[SearchSnapshot]) -> tuple[Hashable, ...]:
    assert trait.wishes is not None
    wished = {kind for search in searches for kind in trait.wishes(search.patient)}
    return (*sorted(wished), _OTHER, _NOTHING)


def _accepted(
    trait: Trait, kinds: Sequence[Hashable], searches: Sequence[SearchSnapshot], today: date
) -> list[int]:
    examples = [TherapistSnapshot(therapist_id=0, mailbox_id=0, **trait.example(k)) for k in kinds]
    known: dict[Hashable, int] = {}
    words = []
    for search in searches:
        seen = trait.looks_at(search.patient, today)
        if seen not in known:
            verdicts = (trait.rule(pair_of(search, one, today)) for one in examples)
            known[seen] = sum(1 << bit for bit, verdict in enumerate(verdicts) if verdict is MET)
        words.append(known[seen])
    return words


def _shown(
    trait: Trait, kinds: Sequence[Hashable], therapists: Sequence[TherapistSnapshot]
) -> list[int]:
    bit = {kind: 1 << position for position, kind in enumerate(kinds)}
    words = []
    for therapist in therapists:
        shows = list(trait.shown(therapist))
        if trait.kinds:
            words.append(sum(bit[kind] for kind in shows))
        elif not shows:
            words.append(bit[_NOTHING])
        else:
            words.append(sum({bit.get(kind, bit[_OTHER]) for kind in shows}))
    return words
