"""A therapist's field: who may enter the bundle, by progressive filtering.

The field is everybody who passes all tiers. Only while it holds fewer than `size` candidates
is one more tier relaxed, the last one first; then those come in who fail nothing but relaxed
tiers. What was relaxed for a candidate are the tiers that he or she really fails.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from matching_service.domain.preferences import TIERS, judge_tiers
from matching_service.domain.snapshots import Pair, SearchSnapshot
from matching_service.domain.verdicts import Unknown, Verdict, Violated


class Candidate(NamedTuple):
    """`relaxation`: the violated tiers as binary digits, the first tier the highest.

    Ordering by it puts those first for whom least had to be relaxed: no sum of later tiers
    outweighs an earlier one.
    """

    pair: Pair
    relaxation: int
    tiers: tuple[Verdict, ...]

    @property
    def search(self) -> SearchSnapshot:
        return self.pair.search

    @property
    def tiers_to_relax(self) -> int:
        """How many tiers, counted from the last, must be relaxed to let this candidate in."""
        return self.relaxation.bit_length()

    @property
    def relaxed(self) -> tuple[str, ...]:
        return tuple(tier.code for tier in self.tiers if isinstance(tier, Violated))

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(tier.code for tier in self.tiers if isinstance(tier, Unknown))


@dataclass(frozen=True, slots=True)
class Field:
    candidates: tuple[Candidate, ...]
    relaxed_tiers: int  # 0: everybody passes all tiers


def field_of(pairs: Iterable[Pair], size: int, pinned: Collection[int] = ()) -> Field:
    """`pairs`: one therapist beside each search that meets the hard constraints.

    Searches that staff pinned are inside whatever their tiers say; nobody else follows them in.
    """
    everybody = [candidate_for(pair) for pair in pairs]
    relaxed = _tiers_relaxed_to_reach(size, everybody)
    inside = (
        one for one in everybody if one.tiers_to_relax <= relaxed or one.search.search_id in pinned
    )
    return Field(tuple(inside), relaxed)


def candidate_for(pair: Pair) -> Candidate:
    tiers = judge_tiers(pair)
    relaxation = 0
    for tier in tiers:
        relaxation = 2 * relaxation + isinstance(tier, Violated)
    return Candidate(pair, relaxation, tiers)


def _tiers_relaxed_to_reach(size: int, everybody: list[Candidate]) -> int:
    entering = [0] * (len(TIERS) + 1)
    for candidate in everybody:
        entering[candidate.tiers_to_relax] += 1
    inside = 0
    for relaxed, newcomers in enumerate(entering):
        inside += newcomers
        if inside >= size:
            return relaxed
    return len(TIERS)
