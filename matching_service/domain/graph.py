"""Who fits whom: for each therapist the searches that may be offered, and what each would cost.

The reference: a loop over all pairs that asks the rules. `domain/fast` answers the same, sooner.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from numpy.typing import NDArray

from matching_service.domain.constraints import meets_all_constraints
from matching_service.domain.fields import candidate_for, field_of
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot, pair_of

Numbers = Sequence[int] | NDArray[Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """Compressed rows: therapist `i` has the edges `start[i]` to `start[i + 1]`; an edge is the
    position of a search and its relaxation (`Candidate.relaxation`). Lists or arrays of numpy."""

    start: Numbers
    search: Numbers
    relaxation: Numbers

    def edges(self, therapist: int) -> range:
        return range(int(self.start[therapist]), int(self.start[therapist + 1]))

    def searches(self, therapist: int) -> list[int]:
        return [int(self.search[edge]) for edge in self.edges(therapist)]


@dataclass(frozen=True, slots=True)
class Openings:
    """What narrows eligible searches to fields, by positions: who has contacts left, what staff
    pinned, what they excluded."""

    has_contacts: Sequence[bool]
    size: int
    pinned: Mapping[int, Collection[int]]
    excluded: Mapping[int, Collection[int]]


def eligible_pairs(
    therapists: Sequence[TherapistSnapshot], searches: Sequence[SearchSnapshot], today: date
) -> Graph:
    """Everybody who meets the hard constraints."""
    rows = []
    for therapist in therapists:
        pairs = (pair_of(search, therapist, today) for search in searches)
        rows.append(
            [
                (position, candidate_for(pair).relaxation)
                for position, pair in enumerate(pairs)
                if meets_all_constraints(pair)
            ]
        )
    return graph_of(rows)


def fields_of(eligible: Graph, openings: Openings) -> Graph:
    """Every therapist's field: what progressive filtering leaves of the eligible."""
    rows = [_field(eligible, i, openings) for i in range(len(eligible.start) - 1)]
    return graph_of(rows)


def graph_of(rows: Sequence[Sequence[tuple[int, int]]]) -> Graph:
    """A row per therapist: (position of the search, relaxation)."""
    start = [0]
    for row in rows:
        start.append(start[-1] + len(row))
    edges = [edge for row in rows for edge in row]
    return Graph(start, [search for search, _ in edges], [relaxation for _, relaxation in edges])


def _field(eligible: Graph, therapist: int, openings: Openings) -> list[tuple[int, int]]:
    excluded = openings.excluded.get(therapist, ())
    available = [
        (search, int(eligible.relaxation[edge]))
        for edge, search in zip(
            eligible.edges(therapist), eligible.searches(therapist), strict=True
        )
        if openings.has_contacts[search] and search not in excluded
    ]
    pins = openings.pinned.get(therapist, ())
    pinned = {position for position, (search, _) in enumerate(available) if search in pins}
    relaxations = [relaxation for _, relaxation in available]
    return [available[position] for position in field_of(relaxations, openings.size, pinned)]
