"""The best bundle for one therapist, four ways: the planner's loops over columns that lie ready, a
plain scan with numpy, the readable rules, and the same filters in PostgreSQL (`in_sql.py`)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.matching.germany import NOW, TODAY, Germany
from matching_service.domain import graph
from matching_service.domain.assignment import Problem, assign
from matching_service.domain.chances import COST_OF_RELAXATION, HIGHEST_CHANCE, Chances
from matching_service.domain.fast.choice import in_fields
from matching_service.domain.fast.columns import AGE_UNKNOWN, Columns, Map, Searches, Therapists
from matching_service.domain.fast.compiled import compiled
from matching_service.domain.fast.pairs import UNDECIDED, decide, reaching, scan
from matching_service.domain.fast.state import NOBODY, UNLIMITED, Rows, State
from matching_service.domain.fast.sweeps import best_bundle
from matching_service.domain.fast.tiers import AGE, AVAILABILITY
from matching_service.domain.graph import Openings
from matching_service.domain.methods import BY_THE_RULES
from matching_service.domain.preferences import TIERS
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot
from matching_service.domain.waiting import waiting_days, weight
from matching_service.domain.wave import plan_wave

Positions = NDArray[np.int64]
Edges = tuple[Positions, NDArray[np.uint8]]
FIELD, SMALLEST, LARGEST = 6, 3, 6


@dataclass(frozen=True)
class Ready:
    """People in the planner's order, and everything about them that a bundle is chosen by."""

    therapists: list[TherapistSnapshot]
    searches: list[SearchSnapshot]
    columns: Columns
    weight: NDArray[np.float64]
    waiting: Positions
    left: Positions
    base: NDArray[np.float64]

    @classmethod
    def of(cls, world: Germany) -> "Ready":
        searches = sorted(world.searches, key=lambda one: (one.waiting_since, one.search_id))
        chances = Chances()
        return cls(
            world.therapists,
            searches,
            Columns.of(world.therapists, searches, TODAY),
            np.array([weight(one, TODAY) for one in searches]),
            np.array([waiting_days(one, TODAY) for one in searches], np.int64),
            np.array([one.remaining_contacts for one in searches], np.int64),
            np.array([chances.of(one, TODAY) for one in world.therapists]),
        )

    @property
    def megabytes(self) -> float:
        parts = (*self.columns.searches, *self.columns.therapists, *self.columns.map)
        return sum(part.nbytes for part in parts) / 1e6


def by_loops(ready: Ready, therapist: int) -> list[int]:
    """Ids of the searches, in the order of their positions."""
    search, relaxation = _edges(ready, therapist)
    _decide(ready, therapist, search, relaxation)
    return _chosen(ready, therapist, search, relaxation)


def eligible_by_loops(ready: Ready, therapist: int) -> list[int]:
    """Positions, ascending: whoever meets the hard constraints."""
    return sorted(_edges(ready, therapist)[0].tolist())


def by_numpy(ready: Ready, therapist: int) -> list[int]:
    """Every search is looked at, a column at a time."""
    if not ready.columns.therapists.located[therapist]:
        return []
    search, relaxation = _scanned(ready, therapist)
    _decide(ready, therapist, search, relaxation)
    return _chosen(ready, therapist, search, relaxation)


def by_nested_loop(ready: Ready, therapist: int) -> list[int]:
    """The rules for every search, and nothing else of a plan."""
    one = [ready.therapists[therapist]]
    eligible = graph.eligible_pairs(one, ready.searches, TODAY)
    openings = Openings([left > 0 for left in ready.left.tolist()], FIELD, {}, {})
    problem = Problem(
        fields=graph.fields_of(eligible, openings),
        base=[float(ready.base[therapist])],
        mailbox=[0],
        smallest=[SMALLEST],
        weight=ready.weight.tolist(),
        waiting_days=ready.waiting.tolist(),
        contacts_left=ready.left.tolist(),
        largest=LARGEST,
    )
    (bundle,) = assign(problem)
    return [ready.searches[int(problem.fields.search[edge])].search_id for edge in bundle]


def by_plan(ready: Ready, therapist: int) -> list[int]:
    """What the service would propose."""
    one = ready.therapists[therapist]
    plan = plan_wave([one], ready.searches, NOW, method=BY_THE_RULES)
    return [member.search_id for bundle in plan.bundles for member in bundle.members]


def _edges(ready: Ready, therapist: int) -> Edges:
    columns = ready.columns
    edges: Edges = _edges_of_one(
        columns.therapists,
        therapist,
        columns.searches,
        columns.map,
        columns.failed_by_kind,
        columns.failed_by_diagnosis,
    )
    return edges


def _scanned(ready: Ready, i: int) -> Edges:
    searches, therapists = ready.columns.searches, ready.columns.therapists
    difference = searches.sphere - therapists.sphere[i]
    chord = (difference * difference).sum(axis=1)
    near = chord <= searches.chord[:, int(therapists.vague[i])]
    q = np.flatnonzero(near & ((searches.accepts & therapists.shows[i]) != 0).all(axis=1))
    rows = [slice(searches.excluded_from[one], searches.excluded_from[one + 1]) for one in q]
    q = q[np.array([i not in searches.excluded[row] for row in rows], np.bool_)]
    failed = ready.columns.failed_by_kind[therapists.kind[i], searches.kind[q]]
    failed = (
        failed | ready.columns.failed_by_diagnosis[therapists.diagnoses[i], searches.diagnosis[q]]
    )
    age = searches.age[q]
    outside = (age < therapists.youngest[i]) | (age > therapists.oldest[i])
    failed |= np.where((age != AGE_UNKNOWN) & outside, AGE, 0).astype(np.uint8)
    known = searches.times_known[q] & therapists.times_known[i]
    times = _times(searches.full[q], searches.touched[q], therapists.full[i], therapists.touched[i])
    return searches.position[q], failed | np.where(known, times, 0).astype(np.uint8)


def _times(*weeks: NDArray[np.uint64]) -> NDArray[np.uint8]:
    full, touched, own_full, own_touched = weeks
    certain, possible = full & own_full, touched & own_touched
    one = np.uint64(1)
    fits = (certain & (certain >> one)).any(axis=1)
    might = (possible & (possible >> one)).any(axis=1)
    return np.where(fits, 0, np.where(might, UNDECIDED, AVAILABILITY)).astype(np.uint8)


def _decide(ready: Ready, therapist: int, search: Positions, relaxation: NDArray[np.uint8]) -> None:
    row = np.array([0, len(search)])
    decide(row, search, relaxation, [ready.therapists[therapist]], ready.searches)


def _chosen(
    ready: Ready, therapist: int, search: Positions, relaxation: NDArray[np.uint8]
) -> list[int]:
    members = _best_of(
        search, relaxation, ready.weight, ready.waiting, ready.left, ready.base[therapist], _COST
    )
    return [ready.searches[position].search_id for position in members]


_COST = np.array(COST_OF_RELAXATION)


@compiled
def _edges_of_one(
    therapists: Therapists,
    i: int,
    searches: Searches,
    squares: Map,
    by_kind: Any,
    by_diagnosis: Any,
) -> Any:
    if not therapists.located[i]:
        return np.empty(0, np.int64), np.empty(0, np.uint8)
    stretches, lines, most = reaching(therapists, i, squares, np.empty((512, 2), np.int64))
    search, relaxation = np.empty(most, np.int64), np.empty(most, np.uint8)
    found = scan(
        therapists, i, searches, stretches, lines, by_kind, by_diagnosis, search, relaxation, 0
    )
    return search[:found], relaxation[:found]


@compiled
def _best_of(
    search: Any, relaxation: Any, weight: Any, waiting: Any, left: Any, base: float, cost: Any
) -> Any:
    count = len(search)
    start = np.array([0, count])
    available = left[search] > 0
    nobody = np.zeros(count, np.bool_)
    kept = np.flatnonzero(in_fields(start, relaxation, available, nobody, FIELD, _TIERS))
    field, failed = search[kept], relaxation[kept].astype(np.int64)
    rows = Rows(
        np.array([0, len(kept)]),
        field,
        np.minimum(HIGHEST_CHANCE, base * cost[failed]),
        (failed << 32) - waiting[field],
        np.zeros(len(kept), np.bool_),
        np.zeros(1, np.bool_),
        np.zeros(1, np.int64),
        np.array([SMALLEST]),
        weight,
        LARGEST,
        UNLIMITED,
    )
    none = np.empty(0, np.int64)
    state = State(
        np.empty((1, LARGEST), np.int64),
        none,
        np.array([NOBODY]),
        none,
        none,
        none,
        weight,
        left,
        none,
    )
    members = np.empty(LARGEST + 1, np.int64)
    size, _ = best_bundle(rows, state, 0, members)
    return field[members[:size]]


_TIERS = len(TIERS)
