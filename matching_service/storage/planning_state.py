"""What planning reads: everybody as snapshots, with what the contact law says about them now.

Plain columns and no entities: a plan reads thousands of people and changes none of them. Weekly
times come as text, so that whoever was read lately need not be taken apart again.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from math import cos, radians
from typing import Any

from sqlalchemy import Row, Text, and_, cast, false, func, literal_column, or_, select
from sqlalchemy.orm import Session

from matching_service.domain.availability import Availability, read_schedule
from matching_service.domain.berlin import first_whole_day
from matching_service.domain.distance import CAR_DETOUR, DEFAULT_LIMIT_KM
from matching_service.domain.lifecycle import OPEN_INQUIRIES
from matching_service.domain.snapshots import (
    Location,
    PatientSnapshot,
    Place,
    SearchSnapshot,
    TherapistSnapshot,
    locate,
)
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

KM_PER_DEGREE = 111.0  # a little less than in truth: boxes get larger, not smaller
FAR_KM = 50  # idx_patient_snapshot_far knows this number
SCHEDULES_REMEMBERED = 20_000

_PATIENT = [c for c in PatientRow.__table__.columns if c.name != "availability"]
_THERAPIST = [c for c in TherapistRow.__table__.columns if c.name != "working_hours"]
_AVAILABILITY = cast(PatientRow.availability, Text).label("availability")
_WORKING_HOURS = cast(TherapistRow.working_hours, Text).label("working_hours")
_SEARCH = (
    Platzsuche.id.label("search_id"),
    Platzsuche.status.label("search_status"),
    Platzsuche.waiting_since,
    (Platzsuche.total_requested_contacts - Platzsuche.used_contacts).label("remaining_contacts"),
    Platzsuche.excluded_therapists.label("excluded_by_search"),
)


def read_patient(session: Session, patient_id: int) -> PatientSnapshot | None:
    rows: Any = session.execute(
        select(*_PATIENT, _AVAILABILITY).where(
            PatientRow.patient_id == patient_id, ~PatientRow.deleted
        )
    )
    row = rows.one_or_none()
    if row is None:
        return None
    return _patient(row, survivors(session, row.excluded_therapists))


def read_therapists(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    plz_prefix: str | None = None,
    apart_from: int = 0,
) -> list[TherapistSnapshot]:
    """Therapists with what the contact law says about their mailbox right now, as if the inquiry
    `apart_from` did not exist."""
    rows = _therapists(apart_from)
    if ids is not None:
        rows = rows.where(TherapistRow.therapist_id.in_(list(ids)))
    if plz_prefix:
        rows = rows.where(TherapistRow.plz.startswith(plz_prefix, autoescape=True))
    return [_therapist(row) for row in session.execute(rows)]


def read_therapists_near(session: Session, place: Place, km: int) -> list[TherapistSnapshot]:
    """Therapists whom somebody at the place might reach in so many kilometres by any travel mode;
    too many rather than too few, as the distance itself is judged by the rule."""
    north, east = place.latitude, place.longitude
    narrowing = cos(radians(min(89.0, abs(north) + _degrees(km))))
    rows = _therapists(apart_from=0).where(
        _within(TherapistRow.latitude, north, _degrees(km)),
        _within(TherapistRow.longitude, east, _degrees(km) / narrowing),
    )
    return [_therapist(row) for row in session.execute(rows)]


def _therapists(apart_from: int) -> Any:
    return (
        select(
            *_THERAPIST,
            _WORKING_HOURS,
            Mailbox.next_contactable_date,
            _quiet_until(apart_from).label("quiet_until"),
            _has_open_inquiry(apart_from).label("has_open_inquiry"),
        )
        .join(Mailbox, Mailbox.id == TherapistRow.mailbox_id)
        .where(~TherapistRow.deleted)
    )


def _has_open_inquiry(apart_from: int) -> Any:
    """At the mailbox, or to the therapist at an earlier mailbox."""
    here = Therapeutenanfrage.mailbox_id == TherapistRow.mailbox_id
    same_person = Therapeutenanfrage.therapist_id == TherapistRow.therapist_id
    return (
        select(Therapeutenanfrage.id)
        .where(
            here | same_person,
            Therapeutenanfrage.state.in_(OPEN_INQUIRIES),
            Therapeutenanfrage.id != apart_from,
        )
        .exists()
    )


def _quiet_until(apart_from: int) -> Any:
    """An override lifts the quiet for one mail: then only a mail that carried one counts."""
    lifted = overrides_in_force(MailboxBlock.mailbox_id).exists()
    return (
        select(func.max(func.upper(MailboxBlock.quiet)))
        .where(
            MailboxBlock.mailbox_id == TherapistRow.mailbox_id,
            MailboxBlock.inquiry_id.is_distinct_from(apart_from),
            func.upper(MailboxBlock.quiet) > func.law_clock(),
            or_(MailboxBlock.override_id.is_not(None), ~lifted),
        )
        .scalar_subquery()
    )


def read_searches(session: Session, ids: Collection[int] | None = None) -> list[SearchSnapshot]:
    """Active searches, or the given ones in whatever state, with their patients."""
    if ids is None:
        counted = _inquiries().group_by(TherapeutAnfragePatient.platzsuche_id).subquery()
        return _read_searches(session, Platzsuche.status == "active", counted)
    return _read_searches(session, Platzsuche.id.in_(list(ids)), _counted_one_by_one())


def read_searches_near(
    session: Session,
    places: Iterable[Location],
    ids: Collection[int],
    *,
    most: int | None = None,
) -> list[SearchSnapshot]:
    """Active searches that might reach one of the places, and the given ones; of all these only
    the `most` that have waited longest.

    Too many rather than too few: the distance itself is judged by the rule.
    """
    near = [_reaches(place) for place in places if isinstance(place, Place)]
    active = and_(Platzsuche.status == "active", or_(false(), *near))
    wanted = or_(active, Platzsuche.id.in_(list(ids))) if ids else active
    return _read_searches(session, wanted, _counted_one_by_one(), most)


def _reaches(place: Place) -> Any:
    """A box around the place, a little larger than the way that each patient would go; the outer
    box is for the index, and who would go farther than it is taken from everywhere."""
    narrowing = cos(radians(min(89.0, abs(place.latitude) + _degrees(FAR_KM))))
    own = _degrees(func.coalesce(PatientRow.max_km, DEFAULT_LIMIT_KM))
    near = and_(
        _within(PatientRow.latitude, place.latitude, _degrees(FAR_KM)),
        _within(PatientRow.longitude, place.longitude, _degrees(FAR_KM) / narrowing),
        func.abs(PatientRow.latitude - place.latitude) <= own,
        func.abs(PatientRow.longitude - place.longitude) * narrowing <= own,
    )
    return or_(near, PatientRow.max_km > literal_column(str(FAR_KM)))


def _within(column: Any, middle: float, distance: float) -> Any:
    return column.between(middle - distance, middle + distance)


def _degrees(km: Any) -> Any:
    """Of latitude, for so many kilometres on the road and a little more."""
    return (km + 1.0) * (1 / CAR_DETOUR / KM_PER_DEGREE)


def _read_searches(
    session: Session, wanted: Any, inquiries: Any, most: int | None = None
) -> list[SearchSnapshot]:
    rows: Any = (
        select(
            *_PATIENT, _AVAILABILITY, *_SEARCH, inquiries.c.open_inquiries, inquiries.c.last_inquiry
        )
        .join(Platzsuche, Platzsuche.patient_id == PatientRow.patient_id)
        .outerjoin(inquiries, inquiries.c.platzsuche_id == Platzsuche.id)
        .where(~PatientRow.deleted, wanted)
    )
    if most is not None:
        rows = rows.order_by(Platzsuche.waiting_since, Platzsuche.id).limit(most)
    found = session.execute(rows).all()
    excluded = {one for row in found for one in (*row.excluded_therapists, *row.excluded_by_search)}
    also = survivors(session, excluded)
    return [_search(row, also) for row in found]


def _inquiries() -> Any:
    """Per search: how many open inquiries carry it, and the day of the latest inquiry."""
    row, inquiry = TherapeutAnfragePatient, Therapeutenanfrage
    berlin = func.timezone("Europe/Berlin", func.coalesce(inquiry.sent_date, inquiry.created_date))
    return (
        select(
            row.platzsuche_id,
            func.count().filter(inquiry.state.in_(OPEN_INQUIRIES)).label("open_inquiries"),
            func.max(func.date(berlin)).label("last_inquiry"),
        )
        .join(inquiry, inquiry.id == row.therapeutenanfrage_id)
        .where(inquiry.state != "cancelled")
    )


def _counted_one_by_one() -> Any:
    """For a few searches it is faster to look each one's inquiries up than to count them all."""
    row = TherapeutAnfragePatient
    own = _inquiries().where(row.platzsuche_id == Platzsuche.id).group_by(row.platzsuche_id)
    return own.lateral()


def _excluded(ids: Iterable[int], merged: Mapping[int, int]) -> frozenset[int]:
    """Who excluded a therapist means the one that it turned out to be as well."""
    named = frozenset(ids)
    return named.union(merged[one] for one in named & merged.keys())


def _patient(row: "Row[Any]", merged: Mapping[int, int]) -> PatientSnapshot:
    return PatientSnapshot(
        patient_id=row.patient_id,
        version=row.version,
        status=row.status,
        place=locate(row.latitude, row.longitude, row.place_status),
        plz=row.plz,
        max_km=row.max_km,
        travel_mode=row.travel_mode,
        geschlecht=row.geschlecht,
        geburtsdatum=row.geburtsdatum,
        diagnose=row.diagnose,
        versicherungsart=row.versicherungsart,
        sprachen=tuple(row.sprachen),
        verfahren=row.verfahren,
        therapist_gender_preference=row.therapist_gender_preference,
        group_ok=row.group_ok,
        only_group=row.only_group,
        availability=_schedule(row.availability),
        excluded_therapists=_excluded(row.excluded_therapists, merged),
        vertraege_unterschrieben=row.vertraege_unterschrieben,
        psychotherapieerfahrung=row.psychotherapieerfahrung,
        letzte_therapie_ende=row.letzte_therapie_ende,
    )


def _search(row: "Row[Any]", merged: Mapping[int, int]) -> SearchSnapshot:
    return SearchSnapshot(
        search_id=row.search_id,
        patient=_patient(row, merged),
        waiting_since=row.waiting_since,
        status=row.search_status,
        remaining_contacts=row.remaining_contacts,
        open_inquiries=row.open_inquiries or 0,
        last_inquiry_on=row.last_inquiry,
        excluded_therapists=_excluded(row.excluded_by_search, merged),
    )


def _therapist(row: "Row[Any]") -> TherapistSnapshot:
    quiet_until: datetime | None = row.quiet_until
    return TherapistSnapshot(
        therapist_id=row.therapist_id,
        mailbox_id=row.mailbox_id,
        mailbox_key=row.mailbox_key,
        version=row.version,
        status=row.status,
        place=locate(row.latitude, row.longitude, row.place_status),
        plz=row.plz,
        kassensitz=row.kassensitz,
        geschlecht=row.geschlecht,
        verfahren=tuple(row.verfahren),
        altersgruppe=row.altersgruppe,
        sprachen=tuple(row.sprachen),
        has_email=row.has_email,
        has_phone=row.has_phone,
        kontakt_wieder_ab=row.kontakt_wieder_ab,
        opted_out=row.opted_out,
        potentially_available=row.potentially_available,
        free_from=row.free_from,
        preferred_diagnoses=tuple(row.preferred_diagnoses),
        age_min=row.age_min,
        age_max=row.age_max,
        gender_preference=row.gender_preference,
        group_therapy_preference=row.group_therapy_preference,
        working_hours=_schedule(row.working_hours),
        next_contactable_date=row.next_contactable_date,
        mail_possible_on=None if quiet_until is None else first_whole_day(quiet_until),
        has_open_inquiry=row.has_open_inquiry,
    )


@lru_cache(maxsize=SCHEDULES_REMEMBERED)
def _schedule(text: str | None) -> Availability:
    return read_schedule(None if text is None else json.loads(text))
