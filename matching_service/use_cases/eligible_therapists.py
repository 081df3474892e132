"""Who could be asked: on behalf of one search, or whoever the patients are; and why others not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.domain.distance import limit_km
from matching_service.domain.errors import NotFound
from matching_service.domain.ranking import (
    Obstacle,
    Standing,
    eligible_for,
    line_up,
    line_up_for,
    search_obstacles,
)
from matching_service.domain.snapshots import Place, SearchSnapshot, TherapistSnapshot
from matching_service.storage.planning_state import (
    read_searches,
    read_therapists,
    read_therapists_near,
)
from shared.contracts.berlin import berlin_day

FARTHEST_KM = 100  # nobody who is farther away, and beyond what the patient allows, is listed


@dataclass(frozen=True)
class Line:
    """`obstacles`: what keeps everybody from being asked. `within_km`: who is farther away is not
    in the line."""

    standings: Sequence[Standing]
    search: SearchSnapshot | None = None
    obstacles: Sequence[Obstacle] = ()
    within_km: int | None = None


def get_eligible_therapists(
    session: Session,
    search_id: int,
    *,
    now: datetime,
    include_ineligible: bool = False,
    within_km: int | None = None,
    therapist_id: int | None = None,
) -> Line:
    """Who lives near enough, read at once: everybody of the search is never read.

    The ineligible ones are those within `within_km`, else within twice of what the patient allows.
    `therapist_id`: this one alone, eligible or not and wherever. Raises NotFound.
    """
    found = read_searches(session, [search_id])
    if not found:
        raise NotFound("search", search_id)
    search, own_limit = found[0], limit_km(found[0].patient.max_km)
    wider = within_km or min(FARTHEST_KM, 2 * own_limit)
    radius = max(own_limit, wider if include_ineligible else 0)
    therapists = _around(session, search, radius)
    if therapist_id is not None:
        therapists |= _by_id(session, therapist_id)
    today, everybody = berlin_day(now), include_ineligible or therapist_id is not None
    line = (line_up_for if everybody else eligible_for)(search, therapists.values(), today)
    if therapist_id is not None:
        line = [one for one in line if one.therapist.therapist_id == therapist_id]
    return Line(line, search, search_obstacles(search), radius)


def get_contactable_therapists(
    session: Session, plz_prefix: str, *, now: datetime, include_ineligible: bool = False
) -> Line:
    therapists = read_therapists(session, plz_prefix=plz_prefix)
    line = line_up(therapists, berlin_day(now))
    return Line([one for one in line if include_ineligible or one.is_eligible])


def _around(session: Session, search: SearchSnapshot, km: int) -> dict[int, TherapistSnapshot]:
    place = search.patient.place
    near = read_therapists_near(session, place, km) if isinstance(place, Place) else []
    return {therapist.therapist_id: therapist for therapist in near}


def _by_id(session: Session, therapist_id: int) -> dict[int, TherapistSnapshot]:
    found = read_therapists(session, ids=[therapist_id])
    if not found:
        raise NotFound("therapist", therapist_id)
    return {therapist_id: found[0]}
