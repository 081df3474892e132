"""True collisions: somebody was refused something, or given something else, for the sake of an
invariant, while a request that won the same thing was on its way at the same time."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import accumulate

from tests.races.deeds import Invariant, Mark
from tests.races.racer import Deed


class _Winners:
    """Of one mark: by the time they began, and until when the latest of all so far was there."""

    def __init__(self, times: Iterable[tuple[float, float]]) -> None:
        ordered = sorted(times)
        self._begins = [began for began, _ in ordered]
        self._latest_ends = list(accumulate((ended for _, ended in ordered), max))

    def meet(self, deed: Deed) -> bool:
        before_its_end = bisect_left(self._begins, deed.ended)
        return before_its_end > 0 and self._latest_ends[before_its_end - 1] > deed.began


def collisions(deeds: Iterable[Deed]) -> Counter[Invariant]:
    """How many requests lost in each way; one that lost the same thing twice counts once."""
    deeds = list(deeds)
    times: dict[Mark, list[tuple[float, float]]] = defaultdict(list)
    for deed in deeds:
        for mark in set(deed.wins):
            times[mark].append((deed.began, deed.ended))
    winners = {mark: _Winners(when) for mark, when in times.items()}
    found: Counter[Invariant] = Counter(dict.fromkeys(Invariant, 0))
    for deed in deeds:
        met = {mark[0] for mark in deed.losses if mark in winners and winners[mark].meet(deed)}
        found.update(met)
    return found
