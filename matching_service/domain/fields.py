"""A therapist's field: who may enter the bundle, by progressive filtering.

The field is everybody who passes all tiers. Only while it holds fewer than `size` candidates
is one more tier relaxed, the last one first; then those come in who fail nothing but relaxed
tiers. What was relaxed for a candidate are the tiers that he or she really fails.
"""

from collections.abc import Collection, Sequence
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
    def relaxed(self) -> tuple[str, ...]:
        return tuple(tier.code for tier in self.tiers if isinstance(tier, Violated))

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(tier.code for tier in self.tiers if isinstance(tier, Unknown))


def candidate_for(pair: Pair) -> Candidate:
    tiers = judge_tiers(pair)
    relaxation = 0
    for tier in tiers:
        relaxation = 2 * relaxation + isinstance(tier, Violated)
    return Candidate(pair, relaxation, tiers)


def field_of(relaxations: Sequence[int], size: int, pinned: Collection[int] = ()) -> list[int]:
    """The positions of those who are inside, given what everybody eligible fails.

    `pinned`: positions that staff put in, whatever their tiers say; nobody else follows them in.
    """
    tiers = _tiers_relaxed_to_reach(size, relaxations)
    return [
        position
        for position, relaxation in enumerate(relaxations)
        if relaxation.bit_length() <= tiers or position in pinned
    ]


def _tiers_relaxed_to_reach(size: int, relaxations: Sequence[int]) -> int:
    """How many tiers, counted from the last, are relaxed until a field holds so many."""
    entering = [0] * (len(TIERS) + 1)
    for relaxation in relaxations:
        entering[relaxation.bit_length()] += 1
    inside = 0
    for relaxed, newcomers in enumerate(entering):
        inside += newcomers
        if inside >= size:
            return relaxed
    return len(TIERS)
