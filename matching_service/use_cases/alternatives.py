"""Whom else a therapist could take whose acceptance came too late."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.chances import Chances, SwitchedOff
from matching_service.domain.conflicts import Alternative, ConflictState, rank_alternatives
from matching_service.domain.constraints import exclusion, unmet_constraints
from matching_service.domain.errors import FieldError, InvalidFields
from matching_service.domain.lifecycle import SearchStatus
from matching_service.domain.snapshots import Pair, pair_of
from matching_service.domain.verdicts import Met
from matching_service.storage.answer_records import with_records
from matching_service.storage.planning_state import (
    read_searches,
    read_searches_near,
    read_therapists,
)
from matching_service.storage.tables import (
    Conflict,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)
from shared.contracts.berlin import berlin_day

_LOOKED_AT = 300  # of those near, who have waited longest: waiting is what weighs most


def alternatives_for(
    session: Session, conflict: Conflict, *, learns_chances: bool, now: datetime
) -> list[Alternative]:
    """The best few; nobody once the conflict is settled."""
    if conflict.state == ConflictState.RESOLVED:
        return []
    inquiry = session.get_one(Therapeutenanfrage, conflict.loser_inquiry_id)
    therapists = read_therapists(session, ids=[inquiry.therapist_id])
    if not therapists:
        return []
    today = berlin_day(now)
    chances: Chances = SwitchedOff()
    if learns_chances:
        therapists = with_records(session, therapists)
        chances = Chances.learned_from(therapists, today)
    beside = set(_searches_in(session, inquiry.id)) - {conflict.platzsuche_id}
    near = read_searches_near(session, [therapists[0].place], (), most=_LOOKED_AT)
    return rank_alternatives(
        therapists[0],
        read_searches(session, beside),
        [one for one in near if one.search_id not in {*beside, conflict.platzsuche_id}],
        chances,
        today,
    )


def require_fitting(session: Session, search_id: int, therapist_id: int, now: datetime) -> None:
    """Raises InvalidFields with everything that stands in the way of naming the patient."""
    pair = _pair(session, search_id, therapist_id, now)
    if pair is None:
        codes = ["not_found"]
    elif pair.search.status != SearchStatus.ACTIVE:
        codes = ["not_active"]
    else:
        codes = [obstacle.code for obstacle in unmet_constraints(pair)]
    if codes:
        raise InvalidFields(FieldError("alternative_search_id", code) for code in codes)


def require_not_excluded(
    session: Session, search_id: int, therapist_id: int, now: datetime
) -> None:
    """Raises InvalidFields when patient or staff no longer want this therapist."""
    pair = _pair(session, search_id, therapist_id, now)
    if pair is not None and not isinstance(exclusion(pair), Met):
        raise InvalidFields([FieldError("resolution", "excluded")])


def _pair(session: Session, search_id: int, therapist_id: int, now: datetime) -> Pair | None:
    searches = read_searches(session, [search_id])
    therapists = read_therapists(session, ids=[therapist_id])
    if not searches or not therapists:
        return None
    return pair_of(searches[0], therapists[0], berlin_day(now))


def _searches_in(session: Session, inquiry_id: int) -> Sequence[int]:
    return session.scalars(
        select(TherapeutAnfragePatient.platzsuche_id).where(
            TherapeutAnfragePatient.therapeutenanfrage_id == inquiry_id
        )
    ).all()
