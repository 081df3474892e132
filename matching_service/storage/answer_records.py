"""What became of earlier inquiries, counted per therapist: what chances are learned from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ARRAY, Integer, any_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from matching_service.domain.lifecycle import InquiryState
from matching_service.domain.responses import ResponseType
from matching_service.domain.snapshots import AnswerRecord, TherapistSnapshot
from matching_service.storage.tables import TherapeutAnfragePatient, Therapeutenanfrage

ALL_AT_ONCE = 500  # from so many on it is faster to count everybody's inquiries than to pick


def with_records(
    session: Session, therapists: Sequence[TherapistSnapshot]
) -> list[TherapistSnapshot]:
    """The same therapists, with the record of inquiries that were answered or never will be."""
    ids = [one.therapist_id for one in therapists]
    records = _records(session, ids if len(ids) < ALL_AT_ONCE else None)
    return [
        replace(one, record=records[one.therapist_id]) if one.therapist_id in records else one
        for one in therapists
    ]


def _records(session: Session, ids: Sequence[int] | None) -> dict[int, AnswerRecord]:
    session.flush()
    rows = session.connection().execute(_OF_ALL if ids is None else _OF_SOME, {"ids": ids})
    return {
        therapist_id: AnswerRecord(asked, answers, int(offered), int(accepted))
        for therapist_id, asked, answers, offered, accepted in rows
    }


def _counted(*wanted: Any) -> Any:
    inquiry, row = Therapeutenanfrage, TherapeutAnfragePatient
    answered = inquiry.state == InquiryState.ANSWERED
    one = (
        select(
            inquiry.therapist_id,
            answered.label("answered"),
            func.count(row.outcome).label("offered"),
            func.count().filter(row.outcome == "accepted").label("accepted"),
        )
        .join(row, row.therapeutenanfrage_id == inquiry.id)
        .where(or_(answered, inquiry.response_type == ResponseType.NO_RESPONSE), *wanted)
        .group_by(inquiry.id)
        .subquery()
    )
    return select(
        one.c.therapist_id,
        func.count(),
        func.count().filter(one.c.answered),
        func.sum(one.c.offered),
        func.sum(one.c.accepted),
    ).group_by(one.c.therapist_id)


_OF_ALL = _counted()
_OF_SOME = _counted(Therapeutenanfrage.therapist_id == any_(bindparam("ids", type_=ARRAY(Integer))))
