"""Two ways to the same plan: by the readable rules, or by compiled loops over columns.

Both give the same candidates, the same fields and the same bundles, to the last bit; the first
shows what is right, the second is there for waves in which it would take minutes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec

from matching_service.domain import assignment, certificate, graph
from matching_service.domain.assignment import Bundle, Problem
from matching_service.domain.certificate import Certificate
from matching_service.domain.graph import Graph, Openings
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot

COMPILED_FROM_PAIRS = 100_000  # below it the rules are done before the compiled loops are loaded


@dataclass(frozen=True, slots=True)
class Method:
    name: str
    eligible_pairs: Callable[[Sequence[TherapistSnapshot], Sequence[SearchSnapshot], date], Graph]
    fields_of: Callable[[Graph, Openings], Graph]
    assign: Callable[[Problem], list[Bundle]]
    certify: Callable[[Problem, Sequence[Bundle]], Certificate]


BY_THE_RULES = Method(
    "rules", graph.eligible_pairs, graph.fields_of, assignment.assign, certificate.certify
)


def method_for(therapists: int, searches: int) -> Method:
    """Numba is optional: without it every plan is made by the rules, only later."""
    if therapists * searches < COMPILED_FROM_PAIRS or find_spec("numba") is None:
        return BY_THE_RULES
    from matching_service.domain.fast import COMPILED  # slow to load

    return COMPILED
