"""Bundles of one or two, where nobody could ever gather three.

They come after all others: a search that found a place in any other bundle of the wave has been
asked for, and its region need not be relieved.
"""

from collections.abc import Collection, Sequence

from matching_service.domain.assignment import Bundle, Problem, Wave


def relieve(problem: Problem, bundles: Sequence[Bundle], thin: Collection[int]) -> list[Bundle]:
    """The bundles and those for `thin`, therapists in whose region nobody was asked for."""
    wave = Wave(problem)
    for therapist, bundle in enumerate(bundles):
        wave.put(therapist, bundle)
    for therapist in sorted(thin):
        if not bundles[therapist] and wave.may_be_asked(therapist):
            _relieve(wave, therapist)
    return wave.bundles


def _relieve(wave: Wave, therapist: int) -> None:
    edges = wave.problem.fields.edges(therapist)
    searches = [int(wave.problem.fields.search[edge]) for edge in edges]
    if not any(wave.asked[search] for search in searches):
        wave.put(therapist, wave.best_bundle(therapist))
