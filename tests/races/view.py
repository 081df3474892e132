"""What one client process sees of the hot world, and what of it nobody fights for yet."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from random import Random

from tests.races.board import Board, Row
from tests.races.deeds import Request
from tests.races.rules import Outcomes

Key = tuple[str, int]
ACCEPTED, _FULL, _UNFIT = "accepted", "rejected_capacity", "rejected_not_suitable"
_STRAYS = 0.05
"""How often somebody fights for what is not his own part of the world."""


@dataclass(frozen=True)
class Duel:
    requests: list[Request]
    keys: frozenset[Key]


@dataclass
class View:
    """What one client process sees of the world: its own part of it, now and then all of it."""

    board: Board
    chance: Random
    part: int
    parts: int
    towns: int
    searches_at_most: int
    busy: Collection[Key]
    plans: list[tuple[str, dict[int, int]]] = field(default_factory=list)
    newcomers: Callable[[int], int] = lambda town: town

    def some(self, table: str, rows: Iterable[Row], at_most: int, by: str = "id") -> list[Row]:
        """At most so many that nobody fights for, each of another thing."""
        by_thing = {getattr(one, by): one for one in rows}
        stray = self.chance.random() < _STRAYS
        free = [
            one
            for thing, one in by_thing.items()
            if (table, thing) not in self.busy and (stray or self._is_mine(one.town))
        ]
        return self.chance.sample(free, min(at_most, len(free)))

    def _is_mine(self, town: int) -> bool:
        return town % self.parts == self.part

    def quietest_town(self) -> int:
        """Of this part the one with the fewest searches."""
        living = Counter(search.town for search in self.board.searches)
        return min(range(self.part, self.towns, self.parts), key=lambda town: living[town])

    def mailboxes(self, at_most: int, *, cooling: bool = False) -> list[Row]:
        """One therapist for each of some mailboxes without an open inquiry."""
        rows = [
            one
            for one in self.board.therapists
            if not one.asked and one.cooling == cooling and (cooling or not one.quiet)
        ]
        return self.some("mailbox", rows, at_most, by="mailbox")

    def colleagues(self, therapist: Row) -> list[Row]:
        """Everybody who shares the mailbox, the therapist included."""
        return [one for one in self.board.therapists if one.mailbox == therapist.mailbox]

    def searches(self, at_most: int, status: str, *, left: int | None = None) -> list[Row]:
        rows = [
            one for one in self.board.searches if one.status == status and left in (None, one.left)
        ]
        return self.some("search", rows, at_most)

    def share_in(self, status: str) -> float:
        """Of all unfinished searches."""
        found = [one.status for one in self.board.searches]
        return found.count(status) / max(1, len(found))

    def any_searches(self, at_most: int, town: int, but_not: Collection[int] = ()) -> list[int]:
        """Active ones of the town with a contact left, whoever fights for them."""
        ids = [
            one.id
            for one in self.board.searches
            if (one.status, one.town) == ("active", town) and one.left > 0 and one.id not in but_not
        ]
        return self.chance.sample(ids, min(at_most, len(ids)))

    def candidates(self, therapist: Row) -> set[int]:
        """Whom this therapist could be asked for, whoever fights for them."""
        excluded = {one.search for one in self.board.exclusions if one.therapist == therapist.id}
        return set(self.any_searches(len(self.board.searches), therapist.town, excluded))

    def inquiries(self, at_most: int, *states: str) -> list[Row]:
        rows = [one for one in self.board.inquiries if one.state in states and one.rows]
        return self.some("mailbox", rows, at_most, by="mailbox")


def duel_of(requests: Collection[Request], **things: Iterable[int]) -> Duel:
    keys = {(table, one) for table, ids in things.items() for one in ids}
    return Duel(list(requests), frozenset(keys))


def searches_of(inquiry: Row) -> list[int]:
    return [search for search, _status, _outcome in inquiry.rows or ()]


def still_waiting_in(inquiry: Row) -> list[int]:
    return [search for search, status, _outcome in inquiry.rows or () if status == "pending"]


def outcomes_of(view: View, inquiry: Row) -> Outcomes:
    choices = [ACCEPTED] * 2 + [_FULL] * 7 + [_UNFIT]
    return {one: view.chance.choice(choices) for one in searches_of(inquiry)}


def other_outcomes(view: View, inquiry: Row) -> Outcomes:
    """One patient's outcome is another one now."""
    stored = {search: outcome or _FULL for search, _status, outcome in inquiry.rows}
    changed = view.chance.choice(list(stored))
    other = _FULL if stored[changed] == ACCEPTED else view.chance.choice([ACCEPTED, _UNFIT, _FULL])
    return {**stored, changed: other}
