"""What planning reads: everybody as snapshots, with what the contact law says about them now.

Plain columns and no entities, by statements that are built once: a plan reads thousands of people
and changes none of them. It asks who is there, in what situation, and when they were written; the
people themselves are remembered.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from math import cos, radians
from typing import Any

from sqlalchemy import (
    ARRAY,
    Double,
    Integer,
    Row,
    and_,
    any_,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from matching_service.domain.distance import CAR_DETOUR, DEFAULT_LIMIT_KM
from matching_service.domain.lifecycle import OPEN_INQUIRIES, RowStatus
from matching_service.domain.snapshots import (
    Location,
    PatientSnapshot,
    Place,
    SearchSnapshot,
    TherapistSnapshot,
)
from matching_service.storage import remembered
from matching_service.storage.cooling_overrides import overrides_in_force
from matching_service.storage.merged_therapists import survivors
from matching_service.storage.tables import (
    Mailbox,
    MailboxBlock,
    PatientRow,
    Platzsuche,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
    TherapistRow,
)
from shared.contracts.berlin import first_whole_day

KM_PER_DEGREE = 111.0  # a little less than in truth: boxes get larger, not smaller
FAR_KM = 50  # idx_patient_snapshot_far knows this number


def read_patient(session: Session, patient_id: int) -> PatientSnapshot | None:
    session.flush()
    patient = remembered.patients(session, {patient_id: None}).get(patient_id)
    if patient is None:
        return None
    return _with_survivors(patient, survivors(session, patient.excluded_therapists))


def read_therapists(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    plz_prefix: str | None = None,
    apart_from: int = 0,
) -> list[TherapistSnapshot]:
    """Therapists with what the contact law says about their mailbox right now, as if the inquiry
    `apart_from` did not exist."""
    rows = _THERAPISTS if ids is None else _THERAPISTS_BY_ID
    if plz_prefix:
        rows = rows.where(TherapistRow.plz.startswith(plz_prefix, autoescape=True))
    return _read_therapists(session, rows, {"apart_from": apart_from, "ids": list(ids or ())})


def read_therapists_near(session: Session, place: Place, km: int) -> list[TherapistSnapshot]:
    """Therapists whom somebody at the place might reach in so many kilometres by any travel mode;
    too many rather than too few, as the distance itself is judged by the rule."""
    return _read_therapists(session, _THERAPISTS_NEAR, {"apart_from": 0, **_box(place, km)})


def read_searches(session: Session, ids: Collection[int] | None = None) -> list[SearchSnapshot]:
    """Active searches, or the given ones in whatever state, with their patients."""
    if ids is None:
        return _read_searches(session, _ACTIVE_SEARCHES, {})
    return _read_searches(session, _SEARCHES_BY_ID, {"ids": list(ids)})


def read_searches_near(
    session: Session,
    places: Iterable[Location],
    ids: Collection[int],
    *,
    most: int | None = None,
) -> list[SearchSnapshot]:
    """Active searches that might reach one of the places – only the `most` that have waited
    longest –, and the given ones.

    Too many rather than too few: the distance itself is judged by the rule.
    """
    known = [place for place in places if isinstance(place, Place)]
    boxes = [_box(place, FAR_KM, str(number)) for number, place in enumerate(known)]
    values = {name: value for box in boxes for name, value in box.items()}
    statement = _searches_near(len(known))
    if most is not None:
        statement = statement.order_by(Platzsuche.waiting_since, Platzsuche.id).limit(most)
    near = _read_searches(session, statement, values)
    others = set(ids).difference(one.search_id for one in near)
    return [*near, *read_searches(session, others)] if others else near


def _read_therapists(
    session: Session, statement: Any, values: Mapping[str, Any]
) -> list[TherapistSnapshot]:
    session.flush()
    rows = session.connection().execute(statement, values).all()
    people = remembered.therapists(session, {row.therapist_id: row.changed_xid for row in rows})
    return [_under_the_law(people[row[0]], row) for row in rows if row[0] in people]


def _read_searches(
    session: Session, statement: Any, values: Mapping[str, Any]
) -> list[SearchSnapshot]:
    session.flush()
    rows = session.connection().execute(statement, values).all()
    patients = remembered.patients(session, {row.patient_id: row.changed_xid for row in rows})
    by_searches = (row.excluded for row in rows if row.excluded)
    by_patients = (one.excluded_therapists for one in patients.values())
    merged = survivors(session, set().union(*by_searches, *by_patients))
    return [_search(row, patients[row[0]], merged) for row in rows if row[0] in patients]


def _search(row: "Row[Any]", patient: PatientSnapshot, merged: Mapping[int, int]) -> SearchSnapshot:
    values: Any = row  # a third faster than by name
    _, _, search_id, status, waiting_since, remaining, excluded, open_inquiries, last = values
    return SearchSnapshot(
        search_id=search_id,
        patient=_with_survivors(patient, merged) if merged else patient,
        waiting_since=waiting_since,
        status=status,
        remaining_contacts=remaining,
        open_inquiries=open_inquiries or 0,
        last_inquiry_on=last,
        excluded_therapists=_excluded(excluded, merged) if excluded else frozenset(),
    )


def _with_survivors(patient: PatientSnapshot, merged: Mapping[int, int]) -> PatientSnapshot:
    excluded = _excluded(patient.excluded_therapists, merged)
    if excluded == patient.excluded_therapists:
        return patient
    return replace(patient, excluded_therapists=excluded)


def _excluded(ids: Iterable[int], merged: Mapping[int, int]) -> frozenset[int]:
    """Who excluded a therapist means the one that it turned out to be as well."""
    named = frozenset(ids)
    return named.union(merged[one] for one in named & merged.keys())


def _under_the_law(therapist: TherapistSnapshot, row: "Row[Any]") -> TherapistSnapshot:
    quiet_until: datetime | None = row.quiet_until
    if row.next_contactable_date is None and quiet_until is None and not row.has_open_inquiry:
        return therapist
    return replace(
        therapist,
        next_contactable_date=row.next_contactable_date,
        mail_possible_on=None if quiet_until is None else first_whole_day(quiet_until),
        has_open_inquiry=row.has_open_inquiry,
    )


def _therapists() -> Any:
    therapist = TherapistRow.__table__
    return select(
        therapist.c.therapist_id,
        therapist.c.changed_xid,
        _next_contactable_date().label("next_contactable_date"),
        _quiet_until().label("quiet_until"),
        _has_open_inquiry().label("has_open_inquiry"),
    ).where(~therapist.c.deleted)


def _next_contactable_date() -> Any:
    mailbox = select(Mailbox.next_contactable_date).where(Mailbox.id == TherapistRow.mailbox_id)
    return mailbox.scalar_subquery()


def _has_open_inquiry() -> Any:
    """At the mailbox, or to the therapist at an earlier mailbox."""
    here = Therapeutenanfrage.mailbox_id == TherapistRow.mailbox_id
    same_person = Therapeutenanfrage.therapist_id == TherapistRow.therapist_id
    return (
        select(Therapeutenanfrage.id)
        .where(
            here | same_person,
            Therapeutenanfrage.state.in_(OPEN_INQUIRIES),
            Therapeutenanfrage.id != bindparam("apart_from"),
        )
        .exists()
    )


def _quiet_until() -> Any:
    """An override lifts the quiet for one mail: then only a mail that carried one counts."""
    lifted = overrides_in_force(MailboxBlock.mailbox_id).exists()
    return (
        select(func.max(func.upper(MailboxBlock.quiet)))
        .where(
            MailboxBlock.mailbox_id == TherapistRow.mailbox_id,
            MailboxBlock.inquiry_id.is_distinct_from(bindparam("apart_from")),
            func.upper(MailboxBlock.quiet) > func.law_clock(),
            or_(MailboxBlock.override_id.is_not(None), ~lifted),
        )
        .scalar_subquery()
    )


def _searches(wanted: Any, inquiries: Any) -> Any:
    patient, search = PatientRow.__table__, Platzsuche.__table__
    nobody: Any = literal_column("'[]'::jsonb")
    return (
        select(
            patient.c.patient_id,
            patient.c.changed_xid,
            search.c.id,
            search.c.status,
            search.c.waiting_since,
            search.c.total_requested_contacts - search.c.used_contacts,
            func.nullif(search.c.excluded_therapists, nobody, type_=JSONB).label("excluded"),
            inquiries.c.open_inquiries,
            inquiries.c.last_inquiry,
        )
        .join(search, search.c.patient_id == patient.c.patient_id)
        .outerjoin(inquiries, inquiries.c.platzsuche_id == search.c.id)
        .where(~patient.c.deleted, wanted)
    )


def _inquiries() -> Any:
    """Per search: how many open inquiries wait for it, and the day of the latest inquiry."""
    row, inquiry = TherapeutAnfragePatient, Therapeutenanfrage
    berlin = func.timezone("Europe/Berlin", func.coalesce(inquiry.sent_date, inquiry.created_date))
    return (
        select(
            row.platzsuche_id,
            func.count()
            .filter(inquiry.state.in_(OPEN_INQUIRIES), row.status == RowStatus.PENDING)
            .label("open_inquiries"),
            func.max(func.date(berlin)).label("last_inquiry"),
        )
        .join(inquiry, inquiry.id == row.therapeutenanfrage_id)
        .where(inquiry.state != "cancelled")
        .group_by(row.platzsuche_id)
    )


def _counted_one_by_one() -> Any:
    """For a few searches it is faster to look each one's inquiries up than to count them all."""
    return _inquiries().where(TherapeutAnfragePatient.platzsuche_id == Platzsuche.id).lateral()


@cache
def _searches_near(places: int) -> Any:
    near = or_(false(), *(_reaches(str(number)) for number in range(places)))
    return _searches(and_(Platzsuche.status == "active", near), _counted_one_by_one())


def _reaches(number: str) -> Any:
    """A box around the place, a little larger than the way that each patient would go; the outer
    box is for the index, and who would go farther than it is taken from everywhere."""
    patient = PatientRow
    own = _degrees(cast(func.coalesce(patient.max_km, DEFAULT_LIMIT_KM), Double))
    north, east = _value("north", number), _value("east", number)
    near = and_(
        _inside(patient, number),
        func.abs(patient.latitude - north) <= own,
        func.abs(patient.longitude - east) * _value("narrowing", number) <= own,
    )
    return or_(near, patient.max_km > literal_column(str(FAR_KM)))


def _inside(people: Any, number: str = "") -> Any:
    """For the values of `_box`."""
    south, north = _value("southern", number), _value("northern", number)
    west, east = _value("western", number), _value("eastern", number)
    return people.latitude.between(south, north) & people.longitude.between(west, east)


def _value(name: str, number: str) -> Any:
    return bindparam(name + number, type_=Double)


def _box(place: Place, km: int, number: str = "") -> dict[str, float]:
    """The place, and a box around it that is a little larger than so many kilometres."""
    north, east, far = place.latitude, place.longitude, _degrees(km)
    narrowing = cos(radians(min(89.0, abs(north) + far)))
    box = {
        "north": north,
        "east": east,
        "narrowing": narrowing,
        "southern": north - far,
        "northern": north + far,
        "western": east - far / narrowing,
        "eastern": east + far / narrowing,
    }
    return {name + number: value for name, value in box.items()}


def _degrees(km: Any) -> Any:
    """Of latitude, for so many kilometres on the road and a little more."""
    return (km + 1.0) * (1 / CAR_DETOUR / KM_PER_DEGREE)


_IDS = any_(bindparam("ids", type_=ARRAY(Integer)))
_THERAPISTS = _therapists()
_THERAPISTS_BY_ID = _THERAPISTS.where(TherapistRow.therapist_id == _IDS)
_THERAPISTS_NEAR = _THERAPISTS.where(_inside(TherapistRow))
_ACTIVE_SEARCHES = _searches(Platzsuche.status == "active", _inquiries().subquery())
_SEARCHES_BY_ID = _searches(Platzsuche.id == _IDS, _counted_one_by_one())
