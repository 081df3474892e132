"""Therapists who may have been written down twice, each with the reasons."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cologne_phonetics
import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist
from sqlalchemy.orm import Session

from therapist_service.domain.duplicates import (
    FARTHEST,
    Because,
    Clues,
    Likeness,
    likely_because,
)
from therapist_service.storage import duplicates
from therapist_service.storage.tables import Therapist
from therapist_service.use_cases.contact_data import email_address

_FIELDS = ("vorname", "nachname", "strasse", "plz", "email")


@dataclass(frozen=True)
class LikelyDuplicate:
    therapist_id: int
    because: tuple[Because, ...]


@dataclass(frozen=True)
class LikelyPair:
    """The smaller id comes first."""

    therapist_ids: tuple[int, int]
    because: tuple[Because, ...]


def likely_duplicates(session: Session, fields: Mapping[str, Any]) -> list[LikelyDuplicate]:
    """Of somebody who is not stored (yet), by the fields that the caller knows."""
    clues = _clues(fields, duplicates.dialled(session, fields.get("telefon")))
    near = duplicates.possible_duplicates(
        session, plz=clues.plz, email=clues.email, dialled=clues.telefon
    )
    found = ((row["id"], _compare(clues, _clues(row, row["dialled"]))) for row in near)
    return [LikelyDuplicate(one, because) for one, because in found if because]


def likely_duplicates_of(session: Session, therapist: Therapist) -> list[LikelyDuplicate]:
    fields = {name: getattr(therapist, name) for name in (*_FIELDS, "telefon")}
    found = likely_duplicates(session, fields)
    return [one for one in found if one.therapist_id != therapist.id]


def likely_pairs(session: Session, plz_prefix: str) -> list[LikelyPair]:
    """In the order of their ids. Reads everybody there: work for a person's list."""
    rows = duplicates.clues_near(session, plz_prefix)
    known = {row["id"]: _clues(row, row["dialled"]) for row in rows}
    near = sorted({pair for ids in _groups(known) for pair in _alike(known, ids)})
    found = ((pair, _compare(known[pair[0]], known[pair[1]])) for pair in near)
    return [LikelyPair(pair, because) for pair, because in found if because]


def _groups(known: Mapping[int, Clues]) -> list[list[int]]:
    """Ids, ascending, of those who have a postcode, an address or a number in common."""
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for therapist_id, clues in sorted(known.items()):
        for kind in ("plz", "email", "telefon"):
            if value := getattr(clues, kind):
                groups[kind, value].append(therapist_id)
    return [ids for ids in groups.values() if len(ids) > 1]


def _alike(known: Mapping[int, Clues], ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """All pairs whose names are worth a closer look; one by one it would take many seconds."""
    names = [known[one].name for one in ids]
    for others in (names, [known[one].swapped for one in ids]):
        distances = cdist(names, others, scorer=OSA.normalized_distance, score_cutoff=FARTHEST)
        for first, second in np.argwhere(np.triu(distances <= FARTHEST, k=1)).tolist():
            yield ids[first], ids[second]


def _compare(one: Clues, other: Clues) -> tuple[Because, ...]:
    slips = OSA.distance(one.name, other.name)
    return likely_because(one, other, Likeness(slips, _sound_alike(one, other)))


def _sound_alike(one: Clues, other: Clues) -> bool:
    """Letters that the code does not know sound like nothing, which is like nobody."""
    sounds = _sound_of(one.vorname), _sound_of(one.nachname)
    return all(sounds) and sounds == (_sound_of(other.vorname), _sound_of(other.nachname))


@lru_cache(maxsize=20_000)
def _sound_of(name: str) -> str:
    return " ".join(code for _, code in cologne_phonetics.encode(name))


def _clues(fields: Mapping[str, Any], dialled: str | None) -> Clues:
    known = {name: fields.get(name) for name in _FIELDS}
    return Clues.of(
        {**known, "email": email_address(known["email"]), "telefon": (dialled or "").strip()}
    )
