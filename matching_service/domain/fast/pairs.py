"""Who fits whom, in compiled loops over columns: cheap looks first, times of the week last."""

from collections.abc import Sequence
from datetime import date
from math import cos, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching_service.domain import graph
from matching_service.domain.availability import WeeklySchedule, have_common_session
from matching_service.domain.distance import arc_km
from matching_service.domain.fast.columns import AGE_UNKNOWN, Columns, Map, Searches, Therapists
from matching_service.domain.fast.compiled import compiled
from matching_service.domain.fast.reaches import BAND
from matching_service.domain.fast.tiers import AGE, AVAILABILITY
from matching_service.domain.fast.traits import TooManyKinds
from matching_service.domain.graph import Graph
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot

UNDECIDED = 64  # beside the bits of the tiers: whether a session fits has to be asked
_POLE = 89.0
_ONE = np.uint64(1)
_NONE = np.uint64(0)

Positions = NDArray[np.int64]
Relaxations = NDArray[np.uint8]

_arc_km = compiled(arc_km)


def eligible_pairs(
    therapists: Sequence[TherapistSnapshot], searches: Sequence[SearchSnapshot], today: date
) -> Graph:
    """As `graph.eligible_pairs`; a row is in the order of the grid, not of the searches."""
    try:
        columns = Columns.of(therapists, searches, today)
    except TooManyKinds:
        return graph.eligible_pairs(therapists, searches, today)
    start, search, relaxation = edges_of(columns)
    decide(start, search, relaxation, therapists, searches)
    return Graph(start, search, relaxation)


def edges_of(columns: Columns) -> tuple[Positions, Positions, Relaxations]:
    start, search, relaxation = _all_edges(
        columns.therapists,
        columns.searches,
        columns.map,
        columns.failed_by_kind,
        columns.failed_by_diagnosis,
    )
    return start, search, relaxation


def decide(
    start: Positions,
    search: Positions,
    relaxation: Relaxations,
    therapists: Sequence[TherapistSnapshot],
    searches: Sequence[SearchSnapshot],
) -> None:
    """Asks the rule where half hours are too coarse, in place."""
    open_edges = np.flatnonzero(relaxation & UNDECIDED)
    rows = np.searchsorted(start, open_edges, side="right") - 1
    for edge, row in zip(open_edges.tolist(), rows.tolist(), strict=True):
        free = searches[search[edge]].patient.availability
        working = therapists[row].working_hours
        assert isinstance(free, WeeklySchedule)
        assert isinstance(working, WeeklySchedule)
        failed = 0 if have_common_session(free, working) else AVAILABILITY
        relaxation[edge] = (relaxation[edge] & ~np.uint8(UNDECIDED)) | failed


@compiled
def _all_edges(
    therapists: Therapists,
    searches: Searches,
    squares: Map,
    failed_by_kind: Relaxations,
    failed_by_diagnosis: Relaxations,
) -> tuple[Positions, Positions, Relaxations]:
    count = len(therapists.located)
    start = np.zeros(count + 1, np.int64)
    room = max(1024, 16 * count)
    search = np.empty(room, np.int64)
    relaxation = np.empty(room, np.uint8)
    stretches = np.empty((4096, 2), np.int64)
    found = 0
    for i in range(count):
        if therapists.located[i]:
            stretches, lines, most = reaching(therapists, i, squares, stretches)
            if found + most > room:
                room = 2 * room + most
                search = _grown(search, found, np.empty(room, np.int64))
                relaxation = _grown(relaxation, found, np.empty(room, np.uint8))
            found = scan(
                therapists,
                i,
                searches,
                stretches,
                lines,
                failed_by_kind,
                failed_by_diagnosis,
                search,
                relaxation,
                found,
            )
        start[i + 1] = found
    return start, search[:found].copy(), relaxation[:found].copy()


@compiled
def _grown(old: Any, used: int, new: Any) -> Any:
    new[:used] = old[:used]
    return new


@compiled
def reaching(
    therapists: Therapists, i: int, squares: Map, stretches: Positions
) -> tuple[Positions, int, int]:
    """Stretches of searches that might reach a therapist, how many stretches, how many searches."""
    lines = 0
    most = 0
    latitude = therapists.latitude[i]
    longitude = therapists.longitude[i]
    for level in range(len(squares.angles)):
        reach, south, west, height, width = squares.angles[level]
        rows, columns, at = squares.shape[level]
        low = max(0, int(np.floor((latitude - reach - south) / height)))
        high = min(rows - 1, int(np.floor((latitude + reach - south) / height)))
        first = 0
        last = columns - 1
        nearest_pole = abs(latitude) + reach
        if nearest_pole < _POLE:
            wide = reach / cos(nearest_pole * pi / 180.0)
            if longitude - wide >= -180.0 and longitude + wide <= 180.0:
                first = max(0, int(np.floor((longitude - wide - west) / width)))
                last = min(columns - 1, int(np.floor((longitude + wide - west) / width)))
        if first > last:
            continue
        for row in range(low, high + 1):
            begin = squares.begin[at + row * columns + first]
            end = squares.begin[at + row * columns + last + 1]
            if begin < end:
                if lines == len(stretches):
                    longer = np.empty((2 * lines, 2), np.int64)
                    longer[:lines] = stretches
                    stretches = longer
                stretches[lines, 0] = begin
                stretches[lines, 1] = end
                lines += 1
                most += end - begin
    return stretches, lines, most


@compiled
def scan(
    therapists: Therapists,
    i: int,
    searches: Searches,
    stretches: Positions,
    lines: int,
    failed_by_kind: Relaxations,
    failed_by_diagnosis: Relaxations,
    search: Positions,
    relaxation: Relaxations,
    found: int,
) -> int:
    """Writes the edges of one therapist from `found` on; where they end."""
    x, y, z = therapists.sphere[i]
    insurance, age_group, gender, procedure, language = therapists.shows[i]
    column = 1 if therapists.vague[i] else 0
    by_kind = failed_by_kind[therapists.kind[i]]
    by_diagnosis = failed_by_diagnosis[therapists.diagnoses[i]]
    youngest = therapists.youngest[i]
    oldest = therapists.oldest[i]
    for line in range(lines):
        for q in range(stretches[line, 0], stretches[line, 1]):
            dx = searches.sphere[q, 0] - x
            dy = searches.sphere[q, 1] - y
            dz = searches.sphere[q, 2] - z
            chord = dx * dx + dy * dy + dz * dz
            reach = searches.chord[q, column]
            if chord > reach * (1.0 + BAND):
                continue
            if (
                ((searches.accepts[q, 0] & insurance) == _NONE)
                | ((searches.accepts[q, 1] & age_group) == _NONE)
                | ((searches.accepts[q, 2] & gender) == _NONE)
                | ((searches.accepts[q, 3] & procedure) == _NONE)
                | ((searches.accepts[q, 4] & language) == _NONE)
            ):
                continue
            if chord >= reach * (1.0 - BAND) and (
                reach < 0.0 or _arc_km(chord) * searches.detour[q] > searches.km[q, column]
            ):
                continue
            if _is_excluded(searches, q, i):
                continue
            failed = np.int64(by_kind[searches.kind[q]] | by_diagnosis[searches.diagnosis[q]])
            age = searches.age[q]
            if age != AGE_UNKNOWN and (age < youngest or age > oldest):
                failed |= AGE
            if searches.times_known[q] and therapists.times_known[i]:
                failed |= _times(searches, q, therapists, i)
            search[found] = searches.position[q]
            relaxation[found] = failed
            found += 1
    return found


@compiled
def _is_excluded(searches: Searches, q: int, i: int) -> bool:
    for at in range(searches.excluded_from[q], searches.excluded_from[q + 1]):
        if searches.excluded[at] == i:
            return True
    return False


@compiled
def _times(searches: Searches, q: int, therapists: Therapists, i: int) -> int:
    for day in range(7):
        both = searches.full[q, day] & therapists.full[i, day]
        if both & (both >> _ONE):
            return 0
    for day in range(7):
        both = searches.touched[q, day] & therapists.touched[i, day]
        if both & (both >> _ONE):
            return UNDECIDED
    return AVAILABILITY
