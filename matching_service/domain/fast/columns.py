"""Everybody in columns: what the loops look at, in the order in which they do.

Searches without a known place are left out, for no therapist can be near them; the others lie as
the grid wants them, and `position` leads back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching_service.domain.ages import full_years
from matching_service.domain.fast.grid import Level, grid_of
from matching_service.domain.fast.reaches import reaches_of
from matching_service.domain.fast.tiers import Table, diagnoses, gender_and_group
from matching_service.domain.fast.traits import words_of
from matching_service.domain.fast.weeks import weeks_of
from matching_service.domain.snapshots import (
    Location,
    Place,
    SearchSnapshot,
    TherapistSnapshot,
)

Reals = NDArray[np.float64]
Words = NDArray[np.uint64]
Numbers = NDArray[np.int32]
Positions = NDArray[np.int64]
Truths = NDArray[np.bool_]

AGE_UNKNOWN = -30_000
YOUNGEST, OLDEST = -20_000, 20_000  # no limit


class Searches(NamedTuple):
    """A row per search whose place is known, as the grid has them.

    `chord`: (n, 2) squared reach, the second for vague therapists; `accepts`: (n, 5);
    `full`, `touched`: (n, 7); `excluded[excluded_from[q]:excluded_from[q + 1]]`: therapists.
    """

    position: Positions
    sphere: Reals
    chord: Reals
    km: Reals
    detour: Reals
    accepts: Words
    age: Numbers
    kind: Numbers
    diagnosis: Numbers
    full: Words
    touched: Words
    times_known: Truths
    excluded_from: Positions
    excluded: Positions


class Therapists(NamedTuple):
    """A row per therapist; without a known place `located` is false and the rest means nothing."""

    located: Truths
    vague: Truths
    latitude: Reals
    longitude: Reals
    sphere: Reals
    shows: Words
    youngest: Numbers
    oldest: Numbers
    kind: Numbers
    diagnoses: Numbers
    full: Words
    touched: Words
    times_known: Truths


class Map(NamedTuple):
    """The grid's levels as rows: (levels, 5) reach, south, west, height, width in degrees and
    (levels, 3) rows, columns, where in `begin` the level starts."""

    angles: Reals
    shape: Positions
    begin: Positions


@dataclass(frozen=True, slots=True)
class Columns:
    searches: Searches
    therapists: Therapists
    map: Map
    failed_by_kind: NDArray[np.uint8]
    failed_by_diagnosis: NDArray[np.uint8]

    @classmethod
    def of(
        cls,
        therapists: Sequence[TherapistSnapshot],
        searches: Sequence[SearchSnapshot],
        today: date,
    ) -> "Columns":
        """Raises TooManyKinds."""
        located = [j for j, one in enumerate(searches) if isinstance(one.patient.place, Place)]
        reachable = [searches[j] for j in located]
        places = [one.patient.place for one in reachable]
        chords = reaches_of(reachable).squared_chord
        latitude, longitude = _angles(places)
        grid = grid_of(latitude, longitude, chords.max(axis=1, initial=-1.0))
        lying = [reachable[j] for j in grid.order]
        kinds, wishes = gender_and_group(therapists, lying), diagnoses(therapists, lying)
        accepts, shows = words_of(lying, therapists, today)
        positions = np.array(located, np.int64)[grid.order]
        return cls(
            _searches(lying, positions, accepts, (kinds, wishes), therapists, today),
            _therapists(therapists, shows, kinds, wishes),
            _map(grid.levels),
            kinds.failed,
            wishes.failed,
        )


def _searches(
    lying: Sequence[SearchSnapshot],
    positions: Positions,
    accepts: Words,
    tables: tuple[Table, Table],
    therapists: Sequence[TherapistSnapshot],
    today: date,
) -> Searches:
    reaches = reaches_of(lying)
    weeks = weeks_of([one.patient.availability for one in lying])
    excluded_from, excluded = _exclusions(lying, therapists)
    return Searches(
        position=positions,
        sphere=_sphere([one.patient.place for one in lying]),
        chord=reaches.squared_chord,
        km=reaches.km,
        detour=reaches.detour,
        accepts=accepts,
        age=np.array([_age(one, today) for one in lying], np.int32),
        kind=tables[0].searches,
        diagnosis=tables[1].searches,
        full=weeks.full,
        touched=weeks.touched,
        times_known=weeks.known,
        excluded_from=excluded_from,
        excluded=excluded,
    )


def _therapists(
    therapists: Sequence[TherapistSnapshot], shows: Words, kinds: Table, wishes: Table
) -> Therapists:
    places = [one.place for one in therapists]
    latitude, longitude = _angles(places)
    weeks = weeks_of([one.working_hours for one in therapists])
    return Therapists(
        located=np.array([isinstance(one, Place) for one in places], np.bool_),
        vague=np.array(
            [isinstance(one, Place) and one.precision == "approximate" for one in places], np.bool_
        ),
        latitude=latitude,
        longitude=longitude,
        sphere=_sphere(places),
        shows=shows,
        youngest=np.array([one.age_min or YOUNGEST for one in therapists], np.int32),
        oldest=np.array([one.age_max or OLDEST for one in therapists], np.int32),
        kind=kinds.therapists,
        diagnoses=wishes.therapists,
        full=weeks.full,
        touched=weeks.touched,
        times_known=weeks.known,
    )


def _exclusions(
    searches: Sequence[SearchSnapshot], therapists: Sequence[TherapistSnapshot]
) -> tuple[Positions, Positions]:
    """Of the search and of its patient, those therapists only who are there."""
    position = {one.therapist_id: i for i, one in enumerate(therapists)}
    begin, excluded = [0], []
    for search in searches:
        both = search.excluded_therapists | search.patient.excluded_therapists
        excluded += [position[one] for one in both if one in position]
        begin.append(len(excluded))
    return np.array(begin, np.int64), np.array(excluded, np.int64)


def _age(search: SearchSnapshot, today: date) -> int:
    born = search.patient.geburtsdatum
    return AGE_UNKNOWN if born is None else full_years(born, today)


def _angles(places: Sequence[Location]) -> tuple[Reals, Reals]:
    known = [(p.latitude, p.longitude) if isinstance(p, Place) else (0.0, 0.0) for p in places]
    angles = np.array(known, np.float64).reshape(len(places), 2)
    return np.ascontiguousarray(angles[:, 0]), np.ascontiguousarray(angles[:, 1])


def _sphere(places: Sequence[Location]) -> Reals:
    known = [one.on_sphere if isinstance(one, Place) else (0.0, 0.0, 0.0) for one in places]
    return np.array(known, np.float64).reshape(len(places), 3)


def _map(levels: Sequence[Level]) -> Map:
    angles, shape, begins, at = [], [], [np.empty(0, np.int64)], 0
    for level in levels:
        reach, south, west, height, width, rows, columns, begin = level
        angles.append((reach, south, west, height, width))
        shape.append((rows, columns, at))
        begins.append(begin)
        at += len(begin)
    return Map(
        np.array(angles, np.float64).reshape(len(levels), 5),
        np.array(shape, np.int64).reshape(len(levels), 3),
        np.concatenate(begins),
    )
