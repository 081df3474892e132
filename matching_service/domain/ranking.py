"""Therapists in the order in which they could be asked, for one search or for nobody in particular.

The eligible ones come first, as a wave weighs them for a search: for whom least has to be relaxed,
who is most open, who is nearest, then by id; of a mailbox only the first. The others follow,
nearest first. Everybody has a place in the line at once; what stands in whose way is found out
when somebody looks.
"""

from collections.abc import Iterable
from datetime import date
from operator import itemgetter
from typing import NamedTuple

from matching_service.domain.constraints import contacts_left, meets_all_constraints
from matching_service.domain.distance import DistanceEstimate, distance_between
from matching_service.domain.explanations import Explanation, Reason, explanation_of, needed
from matching_service.domain.explanations import why_not as pair_obstacles
from matching_service.domain.fields import candidate_for
from matching_service.domain.pool import (
    contact_obstacles,
    mailbox_still_free,
    may_be_asked,
    openness,
)
from matching_service.domain.snapshots import (
    Pair,
    Place,
    SearchSnapshot,
    TherapistSnapshot,
    pair_of,
)
from matching_service.domain.verdicts import MET, Met, Unknown, Verdict, Violated, unknown

Obstacle = Violated | Unknown
Position = tuple[int, int, int, float, int]
"""Sorts the line; two therapists never share one."""


class Standing(NamedTuple):
    """`pair`: None where there is no search. `resting`: what the search itself lacks, `held_by`:
    the colleague whose turn it is. `rank`: of those who are eligible, and of nobody else."""

    position: Position
    therapist: TherapistSnapshot
    today: date
    pair: Pair | None
    resting: tuple[Obstacle, ...] = ()
    held_by: tuple[Obstacle, ...] = ()
    rank: int | None = None

    @property
    def is_eligible(self) -> bool:
        return self.rank is not None

    def explained(self) -> Explanation:
        obstacles = self._obstacles()
        if self.pair is not None:
            return explanation_of(self.pair, obstacles, self.rank)
        return Explanation(
            therapist_id=self.therapist.therapist_id,
            eligible=not obstacles,
            reasons=tuple(Reason.of(obstacle) for obstacle in obstacles),
            would_need=tuple(needed(obstacle) for obstacle in obstacles),
            rank=self.rank,
        )

    def _obstacles(self) -> tuple[Obstacle, ...]:
        if self.pair is None:
            return (*contact_obstacles(self.therapist, self.today), *self.held_by)
        own = pair_obstacles(self.pair.search, self.therapist, self.today)
        return (*self.resting, *own, *self.held_by)


def search_obstacles(search: SearchSnapshot) -> tuple[Obstacle, ...]:
    """What keeps every therapist from being asked on behalf of the search."""
    placed = isinstance(search.patient.place, Place)
    verdicts = (
        _active(search),
        contacts_left(search),
        MET if placed else unknown("place_unknown", "patient.place"),
    )
    return tuple(verdict for verdict in verdicts if not isinstance(verdict, Met))


def line_up_for(
    search: SearchSnapshot, therapists: Iterable[TherapistSnapshot], today: date
) -> list[Standing]:
    active = _active(search)
    resting = () if isinstance(active, Met) else (active,)
    pairs = (pair_of(search, therapist, today) for therapist in therapists)
    return _in_line(_fitting(pair) if _fits(pair) else _unfitting(pair, resting) for pair in pairs)


def eligible_for(
    search: SearchSnapshot, therapists: Iterable[TherapistSnapshot], today: date
) -> list[Standing]:
    """The beginning of that line: whoever is not eligible is not even given a place."""
    pairs = (pair_of(search, therapist, today) for therapist in therapists)
    line = _in_line(_fitting(pair) for pair in pairs if _fits(pair))
    return [one for one in line if one.is_eligible]


def line_up(therapists: Iterable[TherapistSnapshot], today: date) -> list[Standing]:
    """Who can be asked today, the most open ones first, and why the others cannot."""
    return _in_line(_standing_alone(therapist, today) for therapist in therapists)


def _active(search: SearchSnapshot) -> Verdict:
    if search.status == "active":
        return MET
    return Violated("search_not_active", {"status": search.status}, {"search.status": "active"})


def _fits(pair: Pair) -> bool:
    """Whether nothing stands in the way but a colleague."""
    search = pair.search
    return (
        search.status == "active"
        and isinstance(contacts_left(search), Met)
        and may_be_asked(pair.therapist, pair.today)
        and meets_all_constraints(pair)
    )


def _fitting(pair: Pair) -> Standing:
    therapist, estimate = pair.therapist, _distance(pair)
    relaxation, km = candidate_for(pair).relaxation, estimate.km if estimate else 0.0
    position = (0, relaxation, -openness(therapist, pair.today), km, therapist.therapist_id)
    return Standing(position, therapist, pair.today, pair)


def _unfitting(pair: Pair, resting: tuple[Obstacle, ...]) -> Standing:
    position = _behind(pair.therapist, _distance(pair))
    return Standing(position, pair.therapist, pair.today, pair, resting)


def _standing_alone(therapist: TherapistSnapshot, today: date) -> Standing:
    if not may_be_asked(therapist, today):
        return Standing(_behind(therapist, None), therapist, today, None)
    position = (0, 0, -openness(therapist, today), 0.0, therapist.therapist_id)
    return Standing(position, therapist, today, None)


def _in_line(standings: Iterable[Standing]) -> list[Standing]:
    """The first of a mailbox holds it; its colleagues go to the others and say whose turn it is."""
    eligible: list[Standing] = []
    others: list[Standing] = []
    taken: dict[int, int] = {}
    for one in sorted(standings, key=itemgetter(0)):
        mailbox = mailbox_still_free(one.therapist, taken)
        if not isinstance(mailbox, Met):
            others.append(_displaced(one, mailbox))
        elif one.position[0]:
            others.append(one)
        else:
            taken[one.therapist.mailbox_id] = one.therapist.therapist_id
            eligible.append(one._replace(rank=len(taken)))
    return eligible + sorted(others, key=itemgetter(0))


def _displaced(one: Standing, by: Obstacle) -> Standing:
    estimate = None if one.pair is None else _distance(one.pair)
    return one._replace(held_by=(by,), position=_behind(one.therapist, estimate))


def _distance(pair: Pair) -> DistanceEstimate | None:
    patient = pair.patient
    return distance_between(patient.place, pair.therapist.place, patient.travel_mode)


def _behind(therapist: TherapistSnapshot, estimate: DistanceEstimate | None) -> Position:
    """Nearest first; how far an unknown place is nobody knows."""
    km = estimate.km if estimate else 0.0
    return 1, int(estimate is None), 0, km, therapist.therapist_id
