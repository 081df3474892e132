"""The therapists known so far, findable by what a listing can tell of one."""

from collections import defaultdict
from collections.abc import Iterable

from therapist_service.domain.identity import Known, Person


class Register:
    """Holds at most one entry per therapist: the latest one kept."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._persons: dict[int, Person] = {}
        self._by_clue: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        for one in known:
            self.keep(one)

    def keep(self, known: Known) -> None:
        earlier = self._persons.get(known.therapist_id)
        if earlier is not None:
            for clue in _clues(earlier):
                self._by_clue[clue].discard(known.therapist_id)
        self._persons[known.therapist_id] = known.person
        for clue in _clues(known.person):
            self._by_clue[clue].add(known.therapist_id)

    def near(self, person: Person) -> list[Known]:
        """Everybody who can be this person: of the same postcode or the same external id."""
        ids = set().union(*(self._by_clue.get(clue, ()) for clue in _clues(person)))
        return [Known(one, self._persons[one]) for one in sorted(ids)]


def _clues(person: Person) -> list[tuple[str, str]]:
    clues = [("plz", person.plz), ("external_id", person.external_id)]
    return [(kind, value) for kind, value in clues if value]
