"""A world and the plan made for it, laid out for the judge."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import NamedTuple

from matching_service.domain.plans import PlannedBundle, WavePlan
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot
from shared.contracts.berlin import berlin_day
from tests.worlds.rules import Fit, contact_obstacles, fit
from tests.worlds.world import World

Fits = Mapping[tuple[int, int], Fit]
"""By therapist id and search id."""


class Violation(NamedTuple):
    """`who`: ids, a therapist's before a search's."""

    what: str
    who: tuple[int, ...]


class Reading:
    """What the rules say of a world, whatever was planned."""

    def __init__(self, world: World, fits: Fits | None = None) -> None:
        self.world, self.rules = world, world.order.rules
        self.today: date = world.today
        self.therapists = {one.therapist_id: one for one in world.therapists}
        self.searches = {one.search_id: one for one in world.searches}
        self.active = {one.search_id: one for one in world.searches if one.status == "active"}
        self.smallest = 1 if self.rules.small_allowed else self.rules.min_size
        self.contact_obstacles = {
            one.therapist_id: contact_obstacles(one, self.today) for one in world.therapists
        }
        self.fits = self._all_fits() if fits is None else fits
        self._fields: dict[int, frozenset[int]] = {}

    @cached_property
    def pinned(self) -> frozenset[tuple[int, int]]:
        """Those that nothing speaks against, as long as contacts and mailbox last."""
        return frozenset(
            pin
            for pin in self.world.order.pinned
            if pin[0] in self.therapists
            and not self.contact_obstacles[pin[0]]
            and pin[1] in self.candidates(pin[0])
        )

    def eligible(self, therapist_id: int) -> list[int]:
        """Whatever budget and order say."""
        return [one for one in self.active if not self.fits[therapist_id, one].obstacles]

    def candidates(self, therapist_id: int) -> list[int]:
        """Of a field, before tiers narrow it."""
        return [
            one
            for one in self.eligible(therapist_id)
            if self.active[one].remaining_contacts > 0
            and (therapist_id, one) not in self.world.order.excluded
        ]

    def obstacles(self, therapist_id: int, search_id: int) -> list[str]:
        """All that stands in the way of a pair, whatever else is planned."""
        budget = self.searches[search_id].remaining_contacts
        return [
            *self.contact_obstacles[therapist_id],
            *self.fits[therapist_id, search_id].obstacles,
            *(["budget_used"] if budget <= 0 else []),
        ]

    def field(self, therapist_id: int) -> frozenset[int]:
        if therapist_id not in self._fields:
            self._fields[therapist_id] = frozenset(self._field(therapist_id))
        return self._fields[therapist_id]

    def rank(self, therapist_id: int, search_id: int) -> tuple[tuple[bool, ...], int]:
        relaxation = self.fits[therapist_id, search_id].relaxation
        return relaxation, -self.waiting_days(self.active[search_id])

    def waiting_days(self, search: SearchSnapshot) -> int:
        return max(0, (self.today - berlin_day(search.waiting_since)).days)

    def seems_thin(self, therapist_id: int) -> bool:
        """Before one knows who else is asked in this wave."""
        eligible = self.eligible(therapist_id)
        return len(eligible) < 3 and all(self._was_left_alone(self.active[j]) for j in eligible)

    def _all_fits(self) -> Fits:
        return {
            (therapist.therapist_id, search.search_id): fit(search, therapist, self.today)
            for therapist in self.therapists.values()
            for search in self.searches.values()
        }

    def _was_left_alone(self, search: SearchSnapshot) -> bool:
        last = search.last_inquiry_on
        waited = self.waiting_days(search) >= 30
        return waited and (last is None or (self.today - last).days >= 14)

    def _field(self, therapist_id: int) -> Iterator[int]:
        candidates = self.candidates(therapist_id)
        needed = {one: self.fits[therapist_id, one].first_needed for one in candidates}
        relaxed = 0
        while relaxed < 5 and sum(n <= relaxed for n in needed.values()) < self.rules.field_size:
            relaxed += 1
        for one in candidates:
            if needed[one] <= relaxed or (therapist_id, one) in self.world.order.pinned:
                yield one


class Case(Reading):
    """A reading and a plan in which nobody is a stranger."""

    def __init__(self, world: World, plan: WavePlan, fits: Fits | None = None) -> None:
        super().__init__(world, fits)
        self.plan = plan
        self.members = {
            bundle.therapist_id: [member.search_id for member in bundle.members]
            for bundle in plan.bundles
        }
        self.inquiries = Counter(one for members in self.members.values() for one in members)
        self.holder = {self._mailbox(bundle): bundle.therapist_id for bundle in plan.bundles}
        self.is_full = world.order.max_bundles is not None and (
            len(plan.bundles) >= world.order.max_bundles
        )
        self.skip_codes = {one.therapist_id: one.reason.code for one in plan.skipped}

    def contacts_left(self, search_id: int) -> int:
        return max(0, self.active[search_id].remaining_contacts) - self.inquiries[search_id]

    def contacts_left_by(self, therapists: Collection[int], search_id: int) -> int:
        used = sum(search_id in self.members[one] for one in therapists)
        return max(0, self.active[search_id].remaining_contacts) - used

    def pins_of(self, bundle: PlannedBundle) -> list[int]:
        return [
            one.search_id
            for one in bundle.members
            if (bundle.therapist_id, one.search_id) in self.pinned
        ]

    def can_still_be_asked(self, therapist: TherapistSnapshot) -> bool:
        """Mailbox, limit and candidates would allow one more bundle."""
        if therapist.mailbox_id in self.holder or self.is_full:
            return False
        open_ones = [one for one in self.field(therapist.therapist_id) if self.contacts_left(one)]
        is_thin = self.is_thin(therapist.therapist_id, self.members)
        return len(open_ones) >= (1 if is_thin else self.smallest)

    def is_thin(self, therapist_id: int, others: Collection[int]) -> bool:
        """`others`: therapists whose bundles came before."""
        asked = {one for other in others for one in self.members[other]}
        return self.seems_thin(therapist_id) and asked.isdisjoint(self.eligible(therapist_id))

    def _mailbox(self, bundle: PlannedBundle) -> int:
        return self.therapists[bundle.therapist_id].mailbox_id
