"""What is wrong with the account a plan gives: of everybody, of every pin, and of the reasons."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator

from matching_service.domain.plans import RefusedPin
from matching_service.domain.snapshots import TherapistSnapshot
from tests.worlds.case import Case, Violation

# From the nearest miss to the farthest: a search is told the first that befell one of its pairs.
_MISSES = ("no_room", "max_bundles", "same_mailbox", "too_few_candidates")


def _everybody(case: Case) -> Iterator[Violation]:
    """Every therapist bundled or skipped, every active search placed or unplaced, once."""
    therapists = Counter(bundle.therapist_id for bundle in case.plan.bundles)
    therapists.update(skipped.therapist_id for skipped in case.plan.skipped)
    yield from _not_once("therapist", therapists, case.therapists)
    searches = Counter(set(case.inquiries) & set(case.active))
    searches.update(unplaced.search_id for unplaced in case.plan.unplaced)
    yield from _not_once("search", searches, case.active)


def _not_once(kind: str, told: Counter[int], expected: Collection[int]) -> Iterator[Violation]:
    for one in sorted({*told, *expected}):
        if one not in expected:
            yield Violation(f"{kind} has no part in the wave", (one,))
        elif told[one] != 1:
            yield Violation(f"{kind} is told twice" if told[one] else f"{kind} is lost", (one,))


def _skipped(case: Case) -> Iterator[Violation]:
    for skipped in case.plan.skipped:
        therapist, code = case.therapists[skipped.therapist_id], skipped.reason.code
        if code != _why_skipped(case, therapist):
            yield Violation(f"wrongly skipped as {code}", (skipped.therapist_id,))
        elif code == "too_few_candidates":
            yield from _too_few(case, therapist, skipped.reason.detail)


def _why_skipped(case: Case, therapist: TherapistSnapshot) -> str:
    obstacles = case.contact_obstacles[therapist.therapist_id]
    if obstacles:
        return obstacles[0]
    if therapist.mailbox_id in case.holder:
        return "same_mailbox"
    return "max_bundles" if case.is_full else "too_few_candidates"


def _too_few(case: Case, therapist: TherapistSnapshot, detail: object) -> Iterator[Violation]:
    who = therapist.therapist_id
    if case.can_still_be_asked(therapist):
        yield Violation("skipped although a bundle is left", (who,))
    candidates = sum(case.contacts_left(one) > 0 for one in case.field(who))
    if detail != {"candidates": candidates, "needed": case.rules.min_size}:
        yield Violation("wrong number of candidates", (who,))


def _unplaced(case: Case) -> Iterator[Violation]:
    for unplaced in case.plan.unplaced:
        one = unplaced.search_id
        if one in case.active and unplaced.reason != _why_unplaced(case, one):
            yield Violation(f"wrongly unplaced as {unplaced.reason}", (one,))


def _why_unplaced(case: Case, search_id: int) -> str:
    if case.active[search_id].remaining_contacts <= 0:
        return "budget_used"
    befell = {
        case.skip_codes.get(therapist_id, "no_room")
        for therapist_id in case.therapists
        if search_id in case.candidates(therapist_id)
    }
    return next((code for code in _MISSES if code in befell), "no_eligible_therapist")


def _pins_told(case: Case) -> Iterator[Violation]:
    """Every pin is kept or refused, once."""
    told = Counter((one.therapist_id, one.search_id) for one in case.plan.refused_pins)
    for pin in sorted(case.world.order.pinned):
        kept = pin[1] in case.members.get(pin[0], ())
        if told.pop(pin, 0) != (not kept):
            yield Violation("pin is told wrongly", pin)
    yield from (Violation("pin that nobody ordered", pin) for pin in told)


def _refusals(case: Case) -> Iterator[Violation]:
    for refused in case.plan.refused_pins:
        if refused.reason.code not in _why_refused(case, refused):
            what = f"pin wrongly refused as {refused.reason.code}"
            yield Violation(what, (refused.therapist_id, refused.search_id))


def _why_refused(case: Case, refused: RefusedPin) -> Collection[str]:
    pin = refused.therapist_id, refused.search_id
    if pin[0] not in case.therapists or pin[1] not in case.active:
        return ("not_found",)
    if pin in case.world.order.excluded:
        return ("excluded",)
    obstacles = case.obstacles(*pin)
    return obstacles or (case.skip_codes.get(pin[0], "no_room"),)


def _pins_kept(case: Case) -> Iterator[Violation]:
    """Pins come first: nobody who is not pinned takes contacts, mailbox or limit from them."""
    for pin in sorted(case.pinned):
        members = case.members.get(pin[0])
        if members is None:
            if _could_be_asked(case, case.therapists[pin[0]]):
                yield Violation("pinned therapist left out", pin)
        elif pin[1] not in members:
            yield from _left_out(case, pin)


def _left_out(case: Case, pin: tuple[int, int]) -> Iterator[Violation]:
    (bundle,) = (one for one in case.plan.bundles if one.therapist_id == pin[0])
    if len(case.pins_of(bundle)) >= case.rules.max_size:
        return
    takers = [one for one in case.members if pin[1] in case.members[one]]
    if case.contacts_left(pin[1]) > 0:
        yield Violation("pin left out", pin)
    elif any((one, pin[1]) not in case.pinned for one in takers):
        yield Violation("pin left out for somebody not pinned", pin)


def _could_be_asked(case: Case, therapist: TherapistSnapshot) -> bool:
    """If bundles without pins gave way."""
    with_pins = {therapist_id for therapist_id, _ in case.pinned if therapist_id in case.members}
    if case.holder.get(therapist.mailbox_id) in with_pins:
        return False
    limit = case.world.order.max_bundles
    if limit is not None and len(with_pins) >= limit:
        return False
    field = case.field(therapist.therapist_id)
    return sum(case.contacts_left_by(with_pins, one) > 0 for one in field) >= case.smallest


def _pins_first(case: Case) -> Iterator[Violation]:
    for bundle in case.plan.bundles:
        members = [one.search_id for one in bundle.members]
        pins = case.pins_of(bundle)
        if members[: len(pins)] != pins:
            yield Violation("pins are not the first", (bundle.therapist_id,))


RULES: tuple[Callable[[Case], Iterator[Violation]], ...] = (
    _everybody,
    _skipped,
    _unplaced,
    _pins_told,
    _refusals,
    _pins_kept,
    _pins_first,
)
