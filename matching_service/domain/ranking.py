"""Therapists in the order in which they could be asked, for one search or for nobody in particular.

The eligible ones come first, as a wave weighs them for a search: for whom least has to be relaxed,
who is most open, who is nearest, then by id; of a mailbox only the first. The others follow,
nearest first. Everybody has a place in the line at once, and is explained when looked at.
"""

from collections.abc import Iterable
from datetime import date
from operator import itemgetter
from typing import NamedTuple

from matching_service.domain.constraints import contacts_left
from matching_service.domain.distance import DistanceEstimate, distance_between
from matching_service.domain.explanations import Explanation, Reason, explanation_of, needed
from matching_service.domain.explanations import why_not as pair_obstacles
from matching_service.domain.fields import candidate_for
from matching_service.domain.pool import contact_obstacles, mailbox_still_free, openness
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
    """`pair`: None where there is no search."""

    position: Position
    therapist: TherapistSnapshot
    pair: Pair | None
    obstacles: tuple[Obstacle, ...] = ()
    rank: int | None = None

    def explained(self) -> Explanation:
        if self.pair is not None:
            return explanation_of(self.pair, self.obstacles, self.rank)
        return Explanation(
            therapist_id=self.therapist.therapist_id,
            eligible=not self.obstacles,
            reasons=tuple(Reason.of(obstacle) for obstacle in self.obstacles),
            would_need=tuple(needed(obstacle) for obstacle in self.obstacles),
            rank=self.rank,
        )


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
    return _in_line(
        _standing_for(pair_of(search, therapist, today), resting) for therapist in therapists
    )


def line_up(therapists: Iterable[TherapistSnapshot], today: date) -> list[Standing]:
    """Who can be asked today, the most open ones first, and why the others cannot."""
    return _in_line(_standing_alone(therapist, today) for therapist in therapists)


def _active(search: SearchSnapshot) -> Verdict:
    if search.status == "active":
        return MET
    return Violated("search_not_active", {"status": search.status}, {"search.status": "active"})


def _standing_for(pair: Pair, resting: tuple[Obstacle, ...]) -> Standing:
    therapist = pair.therapist
    estimate = distance_between(pair.patient.place, therapist.place, pair.patient.travel_mode)
    obstacles = (*resting, *pair_obstacles(pair.search, therapist, pair.today))
    if obstacles:
        return Standing(_behind(therapist, estimate), therapist, pair, obstacles)
    relaxation, km = candidate_for(pair).relaxation, estimate.km if estimate else 0.0
    position = (0, relaxation, -openness(therapist, pair.today), km, therapist.therapist_id)
    return Standing(position, therapist, pair)


def _standing_alone(therapist: TherapistSnapshot, today: date) -> Standing:
    if obstacles := contact_obstacles(therapist, today):
        return Standing(_behind(therapist, None), therapist, None, obstacles)
    position = (0, 0, -openness(therapist, today), 0.0, therapist.therapist_id)
    return Standing(position, therapist, None)


def _in_line(standings: Iterable[Standing]) -> list[Standing]:
    """The first of a mailbox holds it; its colleagues go to the others and say whose turn it is."""
    eligible: list[Standing] = []
    others: list[Standing] = []
    taken: dict[int, int] = {}
    for one in sorted(standings, key=itemgetter(0)):
        mailbox = mailbox_still_free(one.therapist, taken)
        if not isinstance(mailbox, Met):
            others.append(_displaced(one, mailbox))
        elif one.obstacles:
            others.append(one)
        else:
            taken[one.therapist.mailbox_id] = one.therapist.therapist_id
            eligible.append(one._replace(rank=len(taken)))
    return eligible + sorted(others, key=itemgetter(0))


def _displaced(one: Standing, by: Obstacle) -> Standing:
    estimate = None
    if one.pair is not None:
        patient = one.pair.patient
        estimate = distance_between(patient.place, one.therapist.place, patient.travel_mode)
    obstacles, position = (*one.obstacles, by), _behind(one.therapist, estimate)
    return one._replace(obstacles=obstacles, position=position)


def _behind(therapist: TherapistSnapshot, estimate: DistanceEstimate | None) -> Position:
    """Nearest first; how far an unknown place is nobody knows."""
    km = estimate.km if estimate else 0.0
    return 1, int(estimate is None), 0, km, therapist.therapist_id
