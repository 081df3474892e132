"""A wave: one bundle for each of many therapists, planned in one go.

Who may be asked, who fits whom, each therapist's field, all bundles at once, and a proof of how
good they are. Pure: the same people on the same day give the same plan, in whatever order they are
handed in.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from matching_service.domain.assignment import Bundle, Problem
from matching_service.domain.bundles import THIN_REGION_BELOW, SizeException, is_thin_region
from matching_service.domain.certificate import Certificate
from matching_service.domain.chances import Chances
from matching_service.domain.explanations import Reason, member, why_not
from matching_service.domain.fields import candidate_for
from matching_service.domain.graph import Openings
from matching_service.domain.methods import Method, method_for
from matching_service.domain.plans import (
    LIMIT_REACHED,
    NO_ROOM,
    NO_THERAPIST,
    PLANNER,
    TOO_FEW,
    Features,
    PlannedBundle,
    RefusedPin,
    Skipped,
    Unplaced,
    WaveOrder,
    WavePlan,
)
from matching_service.domain.pool import contact_obstacles, mailbox_still_free, openness
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot, pair_of
from matching_service.domain.thin_regions import relieve
from matching_service.domain.verdicts import Met
from matching_service.domain.waiting import waiting_days, weight
from shared.contracts.berlin import berlin_day

PRIORS = Chances()


def plan_wave(
    therapists: Iterable[TherapistSnapshot],
    searches: Iterable[SearchSnapshot],
    now: datetime,
    order: WaveOrder | None = None,
    chances: Chances = PRIORS,
    method: Method | None = None,
) -> WavePlan:
    """Only active searches take part; every therapist ends in a bundle or among the skipped."""
    return _Wave(therapists, searches, now, order or WaveOrder(), chances, method).plan()


class _Wave:
    """Everybody by position: `askable` the most open first, `searches` the longest wait first."""

    def __init__(
        self,
        therapists: Iterable[TherapistSnapshot],
        searches: Iterable[SearchSnapshot],
        now: datetime,
        order: WaveOrder,
        chances: Chances,
        method: Method | None,
    ) -> None:
        self.now, self.today, self.order = now, berlin_day(now), order
        self.therapists = list(therapists)
        self.skipped: dict[int, Reason] = {}
        self.askable = sorted(
            (one for one in self.therapists if self._may_be_asked(one)), key=self._tie_order
        )
        active = (search for search in searches if search.status == "active")
        self.searches = sorted(active, key=lambda one: (one.waiting_since, one.search_id))
        self.method = method or method_for(len(self.askable), len(self.searches))
        self.eligible = self.method.eligible_pairs(self.askable, self.searches, self.today)
        self.problem = self._problem(chances)
        self.bundles = self._bundles()
        self.given = Counter(
            int(self.problem.fields.search[edge]) for bundle in self.bundles for edge in bundle
        )
        self.taken = {  # mailbox id → therapist id
            one.mailbox_id: one.therapist_id
            for one, bundle in zip(self.askable, self.bundles, strict=True)
            if bundle
        }

    def plan(self) -> WavePlan:
        for position, therapist in enumerate(self.askable):
            if not self.bundles[position]:
                self.skipped[therapist.therapist_id] = self._why_skipped(position)
        return WavePlan(
            bundles=tuple(self._planned(i) for i, bundle in enumerate(self.bundles) if bundle),
            skipped=tuple(Skipped(*item) for item in sorted(self.skipped.items())),
            unplaced=tuple(self._unplaced()),
            refused_pins=tuple(self._refused_pins()),
            certificate=self._certificate(),
        )

    def _may_be_asked(self, therapist: TherapistSnapshot) -> bool:
        obstacles = contact_obstacles(therapist, self.today)
        if obstacles:
            self.skipped[therapist.therapist_id] = Reason.of(obstacles[0])
        return not obstacles

    def _tie_order(self, therapist: TherapistSnapshot) -> tuple[int, int]:
        return -openness(therapist, self.today), therapist.therapist_id

    def _problem(self, chances: Chances) -> Problem:
        rules = self.order.rules
        smallest = 1 if rules.small_allowed else rules.min_size
        pinned = self._by_position(self.order.pinned)
        return Problem(
            fields=self.method.fields_of(self.eligible, self._openings(pinned)),
            base=[chances.of(one, self.today) for one in self.askable],
            mailbox=[one.mailbox_id for one in self.askable],
            smallest=[smallest] * len(self.askable),
            weight=[weight(one, self.today) for one in self.searches],
            waiting_days=[waiting_days(one, self.today) for one in self.searches],
            contacts_left=[max(0, one.remaining_contacts) for one in self.searches],
            largest=rules.max_size,
            max_bundles=self.order.max_bundles,
            pinned=pinned,
        )

    def _openings(self, pinned: Mapping[int, Sequence[int]]) -> Openings:
        return Openings(
            has_contacts=[one.remaining_contacts > 0 for one in self.searches],
            size=self.order.rules.field_size,
            pinned=pinned,
            excluded=self._by_position(self.order.excluded),
        )

    def _by_position(self, pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
        """Of those who take part at all: search positions by therapist position."""
        therapist = {one.therapist_id: i for i, one in enumerate(self.askable)}
        search = {one.search_id: j for j, one in enumerate(self.searches)}
        found: defaultdict[int, list[int]] = defaultdict(list)
        for therapist_id, search_id in pairs:
            if therapist_id in therapist and search_id in search:
                found[therapist[therapist_id]].append(search[search_id])
        return dict(found)

    def _bundles(self) -> list[Bundle]:
        bundles = self.method.assign(self.problem)
        self.relieved = {i for i, b in enumerate(bundles) if not b and self._is_thin(i)}
        if not self.relieved:
            return bundles
        smallest = [1 if i in self.relieved else n for i, n in enumerate(self.problem.smallest)]
        self.problem = replace(self.problem, smallest=smallest)
        return relieve(self.problem, bundles, self.relieved, self.eligible)

    def _is_thin(self, position: int) -> bool:
        return len(self.eligible.edges(position)) < THIN_REGION_BELOW and is_thin_region(
            self._eligible_searches(position), self.today
        )

    def _eligible_searches(self, position: int) -> list[SearchSnapshot]:
        return [self.searches[j] for j in self.eligible.searches(position)]

    def _certificate(self) -> Certificate | None:
        if not self.askable or not self.searches:
            return None
        return self.method.certify(self.problem, self.bundles)

    def _planned(self, position: int) -> PlannedBundle:
        therapist, fields = self.askable[position], self.problem.fields
        searches = [self.searches[int(fields.search[edge])] for edge in self.bundles[position]]
        pairs = [pair_of(search, therapist, self.today) for search in searches]
        return PlannedBundle(
            therapist_id=therapist.therapist_id,
            mailbox_id=therapist.mailbox_id,
            members=tuple(member(candidate_for(pair)) for pair in pairs),
            size_exception=self._exception(position),
            features=self._features(position),
        )

    def _exception(self, position: int) -> SizeException | None:
        if len(self.bundles[position]) >= self.order.rules.min_size:
            return None
        relieved = position in self.relieved
        return SizeException.THIN_REGION if relieved else SizeException.OVERRIDE

    def _features(self, position: int) -> Features:
        problem, therapist = self.problem, self.askable[position]
        return {
            "planner": PLANNER,
            "openness": openness(therapist, self.today),
            "chance": round(problem.base[position], 6),
            "field": len(problem.fields.edges(position)),
            "members": list(self._member_features(position)),
        }

    def _member_features(self, position: int) -> Iterable[Features]:
        pins = self.problem.pinned.get(position, ())
        leads = True
        for edge in self.bundles[position]:
            pinned = int(self.problem.fields.search[edge]) in pins
            chosen_as = "pinned" if pinned else "leader" if leads else "gain"
            leads = leads and pinned
            yield {"chosen_as": chosen_as, **self._edge_features(edge)}

    def _edge_features(self, edge: int) -> Features:
        search = int(self.problem.fields.search[edge])
        return {
            "search_id": self.searches[search].search_id,
            "waiting_days": self.problem.waiting_days[search],
            "open_inquiries": self.searches[search].open_inquiries,
            "weight": round(self.problem.weight[search], 6),
            "relaxation": int(self.problem.fields.relaxation[edge]),
        }

    def _why_skipped(self, position: int) -> Reason:
        mailbox = mailbox_still_free(self.askable[position], self.taken)
        if not isinstance(mailbox, Met):
            return Reason.of(mailbox)
        limit = self.order.max_bundles
        if limit is not None and len(self.taken) >= limit:
            return Reason(LIMIT_REACHED, {"max_bundles": limit})
        field = self.problem.fields.searches(position)
        candidates = sum(self._contacts_left(search) > 0 for search in field)
        return Reason(TOO_FEW, {"candidates": candidates, "needed": self.order.rules.min_size})

    def _contacts_left(self, search: int) -> int:
        return self.problem.contacts_left[search] - self.given[search]

    def _unplaced(self) -> Iterable[Unplaced]:
        chances = self._chances_missed()
        for position, search in enumerate(self.searches):
            if not self.given[position]:
                yield Unplaced(search.search_id, _why_left(search, chances.get(position, ())))

    def _chances_missed(self) -> Mapping[int, set[str]]:
        """By search without a bundle: what became of the therapists that would have fitted."""
        chances: defaultdict[int, set[str]] = defaultdict(set)
        if len(self.given) == len(self.searches):
            return chances
        for position, therapist in enumerate(self.askable):
            skipped = self.skipped.get(therapist.therapist_id)
            outcome = skipped.code if skipped else NO_ROOM
            for search in self.eligible.searches(position):
                if not self.given[search] and not self._excluded(position, search):
                    chances[search].add(outcome)
        return chances

    def _excluded(self, therapist: int, search: int) -> bool:
        ids = self.askable[therapist].therapist_id, self.searches[search].search_id
        return ids in self.order.excluded

    def _refused_pins(self) -> Iterable[RefusedPin]:
        fields = self.problem.fields
        placed = {
            (self.askable[i].therapist_id, self.searches[int(fields.search[edge])].search_id)
            for i, bundle in enumerate(self.bundles)
            for edge in bundle
        }
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
        return self.skipped.get(therapist_id, Reason(NO_ROOM))


def _why_left(search: SearchSnapshot, chances: Collection[str]) -> str:
    if search.remaining_contacts <= 0:
        return "budget_used"
    if not chances:
        return NO_THERAPIST
    nearest_miss = (NO_ROOM, LIMIT_REACHED, "same_mailbox", TOO_FEW)
    return next((chance for chance in nearest_miss if chance in chances), NO_THERAPIST)
