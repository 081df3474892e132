"""What a plan is worth, and what the best plan of a very small world is worth."""

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations, product
from math import prod

from matching_service.domain.plans import WavePlan
from matching_service.domain.snapshots import AnswerRecord, TherapistSnapshot
from tests.worlds.case import Reading

_COSTS = (0.4, 0.5, 0.6, 0.7, 0.8)  # availability, diagnosis, age, gender, group
_RESPONSE, _ACCEPTANCE = 0.35, (0.2, 0.3, 0.4)
_TYPICAL = 0.07
_DAYS_THAT_DOUBLE = 180

Plan = Mapping[int, Collection[int]]
"""Search ids by therapist id."""


def value_of(reading: Reading, plan: Plan) -> float:
    """Σ w (1 − Π (1 − chance))"""
    missed = dict.fromkeys(reading.active, 1.0)
    for therapist_id, members in plan.items():
        for one in missed.keys() & set(members):
            missed[one] *= 1 - chance(reading, therapist_id, one)
    return sum(weight(reading, one) * (1 - missed[one]) for one in missed)


def members_of(plan: WavePlan) -> Plan:
    return {one.therapist_id: [m.search_id for m in one.members] for one in plan.bundles}


def weight(reading: Reading, search_id: int) -> float:
    search = reading.active[search_id]
    waited = 1 + reading.waiting_days(search) / _DAYS_THAT_DOUBLE
    return float(waited * (1 - _TYPICAL) ** search.open_inquiries)


def chance(reading: Reading, therapist_id: int, search_id: int) -> float:
    relaxed = reading.fits[therapist_id, search_id].relaxation
    cost = prod(cost for cost, is_relaxed in zip(_COSTS, relaxed, strict=True) if is_relaxed)
    return min(0.95, _base(reading, reading.therapists[therapist_id]) * cost)


def _base(reading: Reading, therapist: TherapistSnapshot) -> float:
    """Means of Beta distributions: of all, of those alike more and more, of this one."""
    if reading.world.experience == "switched_off":
        return _TYPICAL
    alike = _likeness(reading, therapist)
    response, acceptance = _RESPONSE, _ACCEPTANCE[alike[0]]
    groups = []
    if reading.world.experience == "learned":
        groups = [(20, 20, _together(reading, alike[:width])) for width in range(len(alike) + 1)]
    for borrowed, borrowed_too, record in [*groups, (3, 20, therapist.record)]:
        response = (borrowed * response + record.answered) / (borrowed + record.asked)
        acceptance = (borrowed_too * acceptance + record.accepted) / (borrowed_too + record.offered)
    return response * acceptance


def _together(reading: Reading, alike: tuple[object, ...]) -> AnswerRecord:
    records = [
        one.record
        for one in reading.therapists.values()
        if _likeness(reading, one)[: len(alike)] == alike
    ]
    return AnswerRecord(
        sum(one.asked for one in records),
        sum(one.answered for one in records),
        sum(one.offered for one in records),
        sum(one.accepted for one in records),
    )


def _likeness(reading: Reading, one: TherapistSnapshot) -> tuple[int, tuple[str, ...], str]:
    has_room = one.free_from is not None and one.free_from <= reading.today
    openness = one.potentially_available + has_room
    return openness, tuple(sorted(one.verfahren or ())), (one.plz or "")[:2]


def best_value(reading: Reading, most_plans: int) -> float | None:
    """Of all plans that keep the rules; None: there are too many to look at, or pins."""
    options = [list(_options(reading, one)) for one in reading.therapists]
    if prod(len(one) for one in options) > most_plans or reading.world.order.pinned:
        return None
    plans = (
        {one: bundle for one, bundle in zip(reading.therapists, choice, strict=True) if bundle}
        for choice in product(*options)
    )
    return max(value_of(reading, plan) for plan in plans if _keeps_the_rules(reading, plan))


def _options(reading: Reading, therapist_id: int) -> Iterator[tuple[int, ...]]:
    yield ()
    field = sorted(reading.field(therapist_id))
    if not reading.contact_obstacles[therapist_id]:
        smallest = 1 if reading.seems_thin(therapist_id) else reading.smallest
        for size in range(smallest, min(len(field), reading.rules.max_size) + 1):
            yield from combinations(field, size)


def _keeps_the_rules(reading: Reading, plan: Mapping[int, tuple[int, ...]]) -> bool:
    limit = reading.world.order.max_bundles
    mailboxes = {reading.therapists[one].mailbox_id for one in plan}
    left = {one: max(0, search.remaining_contacts) for one, search in reading.active.items()}
    for members in plan.values():
        for one in members:
            left[one] -= 1
    return (
        len(mailboxes) == len(plan)
        and (limit is None or len(plan) <= limit)
        and min(left.values(), default=0) >= 0
        and all(_keeps_the_guarantee(reading, one, plan[one], left) for one in plan)
        and all(_is_large_or_relieves(reading, one, plan) for one in plan)
    )


def _is_large_or_relieves(
    reading: Reading, therapist_id: int, plan: Mapping[int, tuple[int, ...]]
) -> bool:
    """A small bundle may go out where nobody else is asked for any of the region."""
    if len(plan[therapist_id]) >= reading.smallest:
        return True
    asked = {j for other, members in plan.items() if other != therapist_id for j in members}
    return asked.isdisjoint(reading.eligible(therapist_id))


def _keeps_the_guarantee(
    reading: Reading, therapist_id: int, members: tuple[int, ...], left: Mapping[int, int]
) -> bool:
    best = min(reading.rank(therapist_id, one) for one in members)
    others = reading.field(therapist_id) - set(members)
    return not any(left[one] > 0 and reading.rank(therapist_id, one) < best for one in others)
