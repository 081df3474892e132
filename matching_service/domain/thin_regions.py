"""Bundles of one or two, where nobody could ever gather three.

They come after all others: a search that found a place in any other bundle of the wave has been
asked for, and its region need not be relieved.
"""

from collections.abc import Collection, Sequence

from matching_service.domain.assignment import Bundle, Problem, Wave
from matching_service.domain.graph import Graph


def relieve(
    problem: Problem, bundles: Sequence[Bundle], thin: Collection[int], eligible: Graph
) -> list[Bundle]:
    """The bundles and those for `thin`, therapists for whom nobody eligible is asked yet.

    What gains most comes first. A gain does not change meanwhile: whoever is in one of these
    bundles is in no other.
    """
    wave = Wave(problem)
    for therapist, bundle in enumerate(bundles):
        wave.put(therapist, bundle)
    for _, therapist in sorted(wave.entry(therapist) for therapist in thin):
        nobody_asked = not any(wave.asked[search] for search in eligible.searches(therapist))
        if nobody_asked and wave.may_be_asked(therapist):
            wave.put(therapist, wave.best_bundle(therapist))
    return wave.bundles
