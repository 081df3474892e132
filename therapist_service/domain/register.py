"""The therapists known so far, findable by what a listing can tell of one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from therapist_service.domain.identity import Known, Person


class Register:
    """Holds one entry per therapist, the latest one kept, and beside it all former ones."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._present: dict[int, Known] = {}
        self._by_clue: defaultdict[tuple[str, str], set[Known]] = defaultdict(set)
        for one in known:
            self.keep(one)

    def keep(self, known: Known) -> None:
        if not known.former:
            self._forget(self._present.get(known.therapist_id))
            self._present[known.therapist_id] = known
        for clue in _clues(known.person):
            self._by_clue[clue].add(known)

    def near(self, person: Person) -> list[Known]:
        """Everybody who can be this person: of the same postcode or the same external id."""
        found: set[Known] = set().union(*(self._by_clue.get(clue, ()) for clue in _clues(person)))
        return sorted(found, key=lambda one: (one.therapist_id, one.former))

    def copy(self) -> "Register":
        return Register(self)

    def __iter__(self) -> Iterator[Known]:
        return iter(set().union(*self._by_clue.values()))

    def _forget(self, known: Known | None) -> None:
        for clue in _clues(known.person) if known else ():
            self._by_clue[clue].discard(known)


def _clues(person: Person) -> list[tuple[str, str]]:
    clues = [("plz", person.plz), ("external_id", person.external_id)]
    return [(kind, value) for kind, value in clues if value]
