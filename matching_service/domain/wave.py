"""A wave: one bundle for each of many therapists, planned in one go.

Therapists come in the order of their longest waiter; among equals the potentially available and
those with a free place. Each takes a bundle out of the field of the searches that still have
contacts left. Pure: the same people give the same plan, in whatever order they are handed in.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from matching_service.domain.berlin import berlin_day
from matching_service.domain.bundles import Load, SizeException, choose_members, size_exception
from matching_service.domain.constraints import meets_all_constraints
from matching_service.domain.explanations import Reason, member, why_not
from matching_service.domain.fields import Candidate, field_of
from matching_service.domain.neighbourhoods import Neighbourhoods
from matching_service.domain.plans import (
    LIMIT_REACHED,
    NO_ROOM,
    NO_THERAPIST,
    TOO_FEW,
    PlannedBundle,
    RefusedPin,
    Skipped,
    Unplaced,
    WaveOrder,
    WavePlan,
)
from matching_service.domain.pool import contact_obstacles, mailbox_still_free, openness
from matching_service.domain.snapshots import (
    Pair,
    SearchSnapshot,
    TherapistSnapshot,
    pair_of,
)
from matching_service.domain.verdicts import Met


def plan_wave(
    therapists: Iterable[TherapistSnapshot],
    searches: Iterable[SearchSnapshot],
    now: datetime,
    order: WaveOrder | None = None,
) -> WavePlan:
    """Only active searches take part; every therapist ends in a bundle or among the skipped."""
    wave = _Wave(therapists, searches, now, order or WaveOrder())
    for prospect in wave.prospects():
        wave.ask(prospect)
    return wave.plan()


@dataclass(frozen=True, slots=True)
class _Prospect:
    """A therapist who may be asked, with the searches that meet the hard constraints."""

    therapist: TherapistSnapshot
    eligible: Sequence[Pair]  # longest wait first


class _Wave:
    def __init__(
        self,
        therapists: Iterable[TherapistSnapshot],
        searches: Iterable[SearchSnapshot],
        now: datetime,
        order: WaveOrder,
    ) -> None:
        self.now, self.today, self.order = now, berlin_day(now), order
        self.therapists = list(therapists)
        active = (search for search in searches if search.status == "active")
        self.searches = sorted(active, key=lambda one: (one.waiting_since, one.search_id))
        self.given: Counter[int] = Counter()
        self.mailboxes: dict[int, int] = {}
        self.bundles: list[PlannedBundle] = []
        self.skipped: dict[int, Reason] = {}
        self.chances: defaultdict[int, set[str]] = defaultdict(set)
        self.pins: defaultdict[int, set[int]] = defaultdict(set)
        for therapist_id, search_id in order.pinned:
            self.pins[therapist_id].add(search_id)

    def prospects(self) -> list[_Prospect]:
        neighbourhoods = Neighbourhoods(self.searches)
        askable = [one for one in self.therapists if self._may_be_asked(one)]
        found = [_Prospect(one, self._eligible(one, neighbourhoods)) for one in askable]
        return sorted(found, key=self._asking_order)

    def ask(self, prospect: _Prospect) -> None:
        therapist, eligible = prospect.therapist, prospect.eligible
        outcome = self._obstacle_now(therapist) or self._bundle(therapist, eligible)
        if isinstance(outcome, PlannedBundle):
            self._keep(outcome)
        else:
            self.skipped[therapist.therapist_id] = outcome
        chance = NO_ROOM if isinstance(outcome, PlannedBundle) else outcome.code
        for pair in eligible:
            if not self._excluded(pair):
                self.chances[pair.search.search_id].add(chance)

    def plan(self) -> WavePlan:
        skipped = (Skipped(*item) for item in sorted(self.skipped.items()))
        left_over = (one for one in self.searches if not self.given[one.search_id])
        return WavePlan(
            bundles=tuple(self.bundles),
            skipped=tuple(skipped),
            unplaced=tuple(Unplaced(one.search_id, self._why_left(one)) for one in left_over),
            refused_pins=tuple(self._refused_pins()),
        )

    def _may_be_asked(self, therapist: TherapistSnapshot) -> bool:
        obstacles = contact_obstacles(therapist, self.today)
        if obstacles:
            self.skipped[therapist.therapist_id] = Reason.of(obstacles[0])
        return not obstacles

    def _eligible(self, therapist: TherapistSnapshot, neighbourhoods: Neighbourhoods) -> list[Pair]:
        near = neighbourhoods.reaching(therapist.place)
        pairs = [pair_of(search, therapist, self.today) for search in near]
        return [one for one in pairs if meets_all_constraints(one)]

    def _asking_order(self, prospect: _Prospect) -> tuple[bool, bool, datetime, int, int]:
        therapist = prospect.therapist
        available = (pair for pair in prospect.eligible if self._available(pair))
        longest = next(available, None)
        return (
            therapist.therapist_id not in self.pins,
            longest is None,
            longest.search.waiting_since if longest else self.now,
            -openness(therapist, self.today),
            therapist.therapist_id,
        )

    def _obstacle_now(self, therapist: TherapistSnapshot) -> Reason | None:
        mailbox = mailbox_still_free(therapist, self.mailboxes)
        if not isinstance(mailbox, Met):
            return Reason.of(mailbox)
        limit = self.order.max_bundles
        if limit is not None and len(self.bundles) >= limit:
            return Reason(LIMIT_REACHED, {"max_bundles": limit})
        return None

    def _bundle(
        self, therapist: TherapistSnapshot, eligible: Sequence[Pair]
    ) -> PlannedBundle | Reason:
        chosen = self._chosen(therapist, eligible)
        if len(chosen) >= self.order.rules.min_size:
            return _planned(therapist, chosen, None)
        exception = self._exception(chosen, eligible)
        if exception is not None:
            return _planned(therapist, chosen, exception)
        return Reason(TOO_FEW, {"candidates": len(chosen), "needed": self.order.rules.min_size})

    def _chosen(self, therapist: TherapistSnapshot, eligible: Sequence[Pair]) -> list[Candidate]:
        rules, pinned = self.order.rules, self.pins.get(therapist.therapist_id, set())
        available = [pair for pair in eligible if self._available(pair)]
        field = field_of(available, rules.field_size, pinned)
        return choose_members(field, rules, Load(self.given), pinned)

    def _exception(
        self, chosen: Sequence[Candidate], eligible: Sequence[Pair]
    ) -> SizeException | None:
        searches = [pair.search for pair in eligible]
        return size_exception(len(chosen), searches, self.order.rules, Load(self.given), self.now)

    def _available(self, pair: Pair) -> bool:
        return self._left(pair.search) > 0 and not self._excluded(pair)

    def _excluded(self, pair: Pair) -> bool:
        return (pair.therapist.therapist_id, pair.search.search_id) in self.order.excluded

    def _left(self, search: SearchSnapshot) -> int:
        return search.remaining_contacts - self.given[search.search_id]

    def _keep(self, bundle: PlannedBundle) -> None:
        self.bundles.append(bundle)
        self.mailboxes[bundle.mailbox_id] = bundle.therapist_id
        self.given.update(one.search_id for one in bundle.members)

    def _why_left(self, search: SearchSnapshot) -> str:
        if search.remaining_contacts <= 0:
            return "budget_used"
        chances = self.chances[search.search_id]
        nearest_miss = (NO_ROOM, LIMIT_REACHED, "same_mailbox", TOO_FEW)
        return next((chance for chance in nearest_miss if chance in chances), NO_THERAPIST)

    def _refused_pins(self) -> Iterable[RefusedPin]:
        placed = {(b.therapist_id, one.search_id) for b in self.bundles for one in b.members}
        for therapist_id, search_id in sorted(self.order.pinned - placed):
            yield RefusedPin(therapist_id, search_id, self._why_refused(therapist_id, search_id))

    def _why_refused(self, therapist_id: int, search_id: int) -> Reason:
        therapist = next((t for t in self.therapists if t.therapist_id == therapist_id), None)
        search = next((s for s in self.searches if s.search_id == search_id), None)
        if therapist is None or search is None:
            return Reason("not_found", {"kind": "therapist" if search else "search"})
        if (therapist_id, search_id) in self.order.excluded:
            return Reason("excluded", {"by": "order"})
        obstacles = why_not(search, therapist, self.today)
        if obstacles:
            return Reason.of(obstacles[0])
        if self._left(search) <= 0:
            return Reason("budget_used", {"remaining_contacts": 0})
        return self.skipped.get(therapist_id, Reason(NO_ROOM))


def _planned(
    therapist: TherapistSnapshot, chosen: Sequence[Candidate], exception: SizeException | None
) -> PlannedBundle:
    members = tuple(member(candidate) for candidate in chosen)
    return PlannedBundle(therapist.therapist_id, therapist.mailbox_id, members, exception)
