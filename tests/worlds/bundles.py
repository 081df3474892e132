"""What is wrong with bundles: each rule by itself, as the rules' text tells it."""

from collections import Counter
from collections.abc import Callable, Iterator

from matching_service.domain.explanations import BundleMember
from matching_service.domain.plans import PlannedBundle
from tests.worlds.case import Case, Violation
from tests.worlds.rules import Fit


def _hard_rules(case: Case) -> Iterator[Violation]:
    for bundle, member, fit in _members(case):
        for code in fit.obstacles:
            yield Violation(f"hard rule broken: {code}", (bundle.therapist_id, member.search_id))


def _who_may_be_asked(case: Case) -> Iterator[Violation]:
    for bundle in case.plan.bundles:
        for code in case.contact_obstacles[bundle.therapist_id]:
            yield Violation(f"may not be asked: {code}", (bundle.therapist_id,))


def _inactive(case: Case) -> Iterator[Violation]:
    for therapist_id, members in case.members.items():
        for one in members:
            if one not in case.active:
                yield Violation("search is not active", (therapist_id, one))


def _mailboxes(case: Case) -> Iterator[Violation]:
    seen = set()
    for bundle in case.plan.bundles:
        mailbox_id = case.therapists[bundle.therapist_id].mailbox_id
        if mailbox_id in seen:
            yield Violation("mailbox asked twice", (bundle.therapist_id,))
        if bundle.mailbox_id != mailbox_id:
            yield Violation("wrong mailbox", (bundle.therapist_id,))
        seen.add(mailbox_id)


def _repetitions(case: Case) -> Iterator[Violation]:
    for therapist_id, members in case.members.items():
        for one, times in Counter(members).items():
            if times > 1:
                yield Violation("search twice in one bundle", (therapist_id, one))


def _sizes(case: Case) -> Iterator[Violation]:
    for bundle in case.plan.bundles:
        size, exception = len(bundle.members), bundle.size_exception
        is_small = size < case.rules.min_size
        faults = {
            "bundle is empty": size == 0,
            "bundle is too large": size > case.rules.max_size,
            "bundle is too small": is_small and exception is None,
            "exception without need": not is_small and exception is not None,
            "exception that no wave can make": exception not in (None, "thin_region", "override"),
            "override that nobody asked for": exception == "override" and case.smallest > 1,
        }
        for what, is_so in faults.items():
            if is_so:
                yield Violation(what, (bundle.therapist_id,))


def _thin_regions(case: Case) -> Iterator[Violation]:
    """They come last: each has its turn, in which nobody there may have been asked yet."""
    claimed = [one.therapist_id for one in case.plan.bundles if one.size_exception == "thin_region"]
    later: set[int] = set()
    while claimed:
        last = next(
            (one for one in claimed if case.is_thin(one, case.members.keys() - {one, *later})), None
        )
        if last is None:
            yield from (Violation("region is not thin", (one,)) for one in claimed)
            return
        claimed.remove(last)
        later.add(last)


def _budgets(case: Case) -> Iterator[Violation]:
    for one in case.active:
        if case.contacts_left(one) < 0:
            yield Violation("budget exceeded", (one,))


def _limit(case: Case) -> Iterator[Violation]:
    limit = case.world.order.max_bundles
    if limit is not None and len(case.plan.bundles) > limit:
        yield Violation("more bundles than ordered", ())


def _exclusions_of_the_order(case: Case) -> Iterator[Violation]:
    for bundle, member, _ in _members(case):
        pair = bundle.therapist_id, member.search_id
        if pair in case.world.order.excluded:
            yield Violation("excluded pair used", pair)


def _fields(case: Case) -> Iterator[Violation]:
    for bundle, member, _ in _members(case):
        if member.search_id not in case.field(bundle.therapist_id):
            yield Violation("outside of the field", (bundle.therapist_id, member.search_id))


def _guarantee(case: Case) -> Iterator[Violation]:
    """Nobody with contacts left ranks before every member, unless pins fill the whole bundle."""
    for bundle in case.plan.bundles:
        therapist_id = bundle.therapist_id
        inside = {one for one in case.members[therapist_id] if one in case.active}
        if not inside or len(case.pins_of(bundle)) >= case.rules.max_size:
            continue
        best = min(case.rank(therapist_id, one) for one in inside)
        for one in sorted(case.field(therapist_id) - inside):
            if case.contacts_left(one) > 0 and case.rank(therapist_id, one) < best:
                yield Violation("longest waiter left out", (therapist_id, one))


def _what_is_told_of_members(case: Case) -> Iterator[Violation]:
    for bundle, member, fit in _members(case):
        told = [(reason.code, reason.detail["state"]) for reason in member.reasons]
        patient_id = case.active[member.search_id].patient.patient_id
        claims = {
            "wrong relaxed tiers": member.relaxed == fit.relaxed,
            "wrong distance": member.distance_km == fit.km,
            "wrong reasons of a member": told == fit.not_met,
            "wrong patient": member.patient_id == patient_id,
        }
        for what, holds in claims.items():
            if not holds:
                yield Violation(what, (bundle.therapist_id, member.search_id))


def _members(case: Case) -> Iterator[tuple[PlannedBundle, BundleMember, Fit]]:
    """Of active searches only: of the others nothing more is to be said."""
    for bundle in case.plan.bundles:
        for member in bundle.members:
            if member.search_id in case.active:
                yield bundle, member, case.fits[bundle.therapist_id, member.search_id]


RULES: tuple[Callable[[Case], Iterator[Violation]], ...] = (
    _hard_rules,
    _who_may_be_asked,
    _inactive,
    _mailboxes,
    _repetitions,
    _sizes,
    _thin_regions,
    _budgets,
    _limit,
    _exclusions_of_the_order,
    _fields,
    _guarantee,
    _what_is_told_of_members,
)
