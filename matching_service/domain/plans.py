"""What a wave is asked for and what it answers."""

from dataclasses import dataclass, field

from matching_service.domain.bundles import BundleRules, SizeException
from matching_service.domain.explanations import BundleMember, Reason

# Why a therapist is skipped, beside the contact rules of `pool`.
TOO_FEW = "too_few_candidates"
LIMIT_REACHED = "max_bundles"
# Why a search is in no bundle, beside `budget_used` and what skipped all of its therapists.
NO_ROOM = "no_room"
NO_THERAPIST = "no_eligible_therapist"


Assignment = tuple[int, int]
"""(therapist id, search id)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveOrder:
    """What staff ask for. Pins come first and may widen a field; hard constraints still hold."""

    rules: BundleRules = field(default_factory=BundleRules)
    max_bundles: int | None = None
    pinned: frozenset[Assignment] = frozenset()
    excluded: frozenset[Assignment] = frozenset()


@dataclass(frozen=True, slots=True)
class PlannedBundle:
    """`members` in the order of their positions."""

    therapist_id: int
    mailbox_id: int
    members: tuple[BundleMember, ...]
    size_exception: SizeException | None


@dataclass(frozen=True, slots=True)
class Skipped:
    therapist_id: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Unplaced:
    search_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class RefusedPin:
    therapist_id: int
    search_id: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class WavePlan:
    bundles: tuple[PlannedBundle, ...]
    skipped: tuple[Skipped, ...]
    unplaced: tuple[Unplaced, ...]
    refused_pins: tuple[RefusedPin, ...]
