"""What a wave is asked for and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matching_service.domain.bundles import BundleRules, SizeException
from matching_service.domain.certificate import Certificate
from matching_service.domain.explanations import BundleMember, Reason

# Why a therapist is skipped, beside the contact rules of `pool`.
TOO_FEW = "too_few_candidates"
LIMIT_REACHED = "max_bundles"
# Why a search is in no bundle, beside `budget_used` and what skipped all of its therapists.
NO_ROOM = "no_room"
NO_THERAPIST = "no_eligible_therapist"


PLANNER = "whole-bundles-1"
"""Which planner made a bundle; another number whenever other bundles come of the same people."""

Assignment = tuple[int, int]
"""(therapist id, search id)"""

Features = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveOrder:
    """What staff ask for. Pins come first and may widen a field; hard constraints still hold."""

    rules: BundleRules = field(default_factory=BundleRules)
    max_bundles: int | None = None
    pinned: frozenset[Assignment] = frozenset()
    excluded: frozenset[Assignment] = frozenset()


@dataclass(frozen=True, slots=True)
class PlannedBundle:
    """`members` in the order of their positions. `features`: what the planner knew, ready for
    JSON, so that later learning has data; numbers and codes, nothing about a person."""

    therapist_id: int
    mailbox_id: int
    members: tuple[BundleMember, ...]
    size_exception: SizeException | None
    features: Features = field(default_factory=dict)

    @property
    def search_ids(self) -> list[int]:
        return [member.search_id for member in self.members]


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
    """`certificate`: None where nobody could be asked."""

    bundles: tuple[PlannedBundle, ...]
    skipped: tuple[Skipped, ...]
    unplaced: tuple[Unplaced, ...]
    refused_pins: tuple[RefusedPin, ...]
    certificate: Certificate | None = None
