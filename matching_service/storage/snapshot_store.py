"""The read models: how neighbours' records come in, and how planning reads them as snapshots."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, false, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from matching_service.domain.availability import read_schedule
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


def keep_patients(
    session: Session, records: Sequence[Mapping[str, Any]], *, anew: bool = False
) -> None:
    """Upserts records by column name. Unless `anew`, an older version never replaces a newer one
    and nobody comes back."""
    _keep(session, PatientRow, "patient_id", records, anew)


def keep_therapists(
    session: Session, records: Sequence[Mapping[str, Any]], *, anew: bool = False
) -> None:
    _keep(session, TherapistRow, "therapist_id", records, anew)


def lock_copies(session: Session, row_id: Any, ids: Collection[int]) -> None:
    """`row_id` is the key column of either table."""
    session.execute(select(row_id).where(row_id.in_(ids)).order_by(row_id).with_for_update())


def copied_ids(session: Session, row_id: Any, after: int, up_to: int | None) -> set[int]:
    """Between two ids, the upper one included; None: all that follow."""
    rows = select(row_id).where(row_id > after)
    return set(session.scalars(rows if up_to is None else rows.where(row_id <= up_to)))


def forget_patients(session: Session, ids: Collection[int]) -> None:
    """Nothing about a deleted patient stays but the id."""
    blank = {c.name: None for c in PatientRow.__table__.columns if c.nullable}
    lists = {"sprachen": [], "excluded_therapists": [], "place_status": "unknown"}
    session.execute(
        update(PatientRow)
        .where(PatientRow.patient_id.in_(list(ids)))
        .values(deleted=True, **blank, **lists)
    )


def forget_therapists(session: Session, ids: Collection[int]) -> None:
    session.execute(
        update(TherapistRow).where(TherapistRow.therapist_id.in_(list(ids))).values(deleted=True)
    )


def mailbox_ids(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Mailbox id by key; mailboxes that nobody had seen before are opened."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    session.execute(
        insert(Mailbox.__table__)  # type: ignore[arg-type]
        .values([{"mailbox_key": key} for key in wanted])
        .on_conflict_do_nothing()
    )
    rows = session.execute(
        select(Mailbox.mailbox_key, Mailbox.id).where(Mailbox.mailbox_key.in_(wanted))
    )
    return dict(rows.all())


def mailboxes_of_therapists(session: Session, ids: Collection[int]) -> dict[int, int]:
    rows = session.execute(
        select(TherapistRow.therapist_id, TherapistRow.mailbox_id).where(
            TherapistRow.therapist_id.in_(list(ids))
        )
    )
    return dict(rows.all())


def read_patient(session: Session, patient_id: int) -> PatientSnapshot | None:
    row = session.get(PatientRow, patient_id, populate_existing=True)
    return None if row is None or row.deleted else _patient(row)


def read_therapists(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    plz_prefix: str | None = None,
    apart_from: int = 0,
) -> list[TherapistSnapshot]:
    """Therapists with what the contact law says about their mailbox right now, as if the inquiry
    `apart_from` did not exist."""
    rows: Any = (
        select(
            TherapistRow,
            Mailbox.next_contactable_date,
            _quiet_until(apart_from),
            _has_open_inquiry(apart_from),
        )
        .join(Mailbox, Mailbox.id == TherapistRow.mailbox_id)
        .where(~TherapistRow.deleted)
        .execution_options(populate_existing=True)
    )
    if ids is not None:
        rows = rows.where(TherapistRow.therapist_id.in_(list(ids)))
    if plz_prefix:
        rows = rows.where(TherapistRow.plz.startswith(plz_prefix, autoescape=True))
    return [_therapist(*row) for row in session.execute(rows)]


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
    return (
        select(func.max(func.upper(MailboxBlock.quiet)))
        .where(
            MailboxBlock.mailbox_id == TherapistRow.mailbox_id,
            MailboxBlock.inquiry_id.is_distinct_from(apart_from),
            func.upper(MailboxBlock.quiet) > func.law_clock(),
        )
        .scalar_subquery()
    )


def read_searches(session: Session, ids: Collection[int] | None = None) -> list[SearchSnapshot]:
    """Active searches, or the given ones in whatever state, with their patients."""
    wanted = Platzsuche.status == "active" if ids is None else Platzsuche.id.in_(list(ids))
    return _read_searches(session, wanted, _inquiries_by_search(ids))


def read_searches_near(
    session: Session, places: Iterable[Location], ids: Collection[int]
) -> list[SearchSnapshot]:
    """Active searches that might reach one of the places, and the given ones.

    Too many rather than too few: the distance itself is judged by the rule.
    """
    near = [_reaches(place) for place in places if isinstance(place, Place)]
    found = session.scalars(
        select(Platzsuche.id)
        .join(PatientRow, PatientRow.patient_id == Platzsuche.patient_id)
        .where(Platzsuche.status == "active", or_(false(), *near))
    )
    return read_searches(session, {*found, *ids})


def _reaches(place: Place) -> Any:
    """A box around the patient, a little larger than the way that he or she would go."""
    reach_km = func.coalesce(PatientRow.max_km, DEFAULT_LIMIT_KM) + 1
    degrees = reach_km / CAR_DETOUR / KM_PER_DEGREE
    north = func.least(89.0, abs(place.latitude) + degrees)
    return and_(
        func.abs(PatientRow.latitude - place.latitude) <= degrees,
        func.abs(PatientRow.longitude - place.longitude) <= degrees / func.cosd(north),
    )


def _read_searches(session: Session, wanted: Any, inquiries: Any) -> list[SearchSnapshot]:
    rows: Any = (
        select(Platzsuche, PatientRow, inquiries.c.open_inquiries, inquiries.c.last_inquiry)
        .join(PatientRow, PatientRow.patient_id == Platzsuche.patient_id)
        .outerjoin(inquiries, inquiries.c.platzsuche_id == Platzsuche.id)
        .where(~PatientRow.deleted, wanted)
        .execution_options(populate_existing=True)
    )
    return [_search(row) for row in session.execute(rows)]


def _inquiries_by_search(ids: Collection[int] | None) -> Any:
    """Per search: how many open inquiries carry it, and the day of the latest inquiry."""
    row, inquiry = TherapeutAnfragePatient, Therapeutenanfrage
    berlin = func.timezone("Europe/Berlin", func.coalesce(inquiry.sent_date, inquiry.created_date))
    counts = (
        select(
            row.platzsuche_id,
            func.count().filter(inquiry.state.in_(OPEN_INQUIRIES)).label("open_inquiries"),
            func.max(func.date(berlin)).label("last_inquiry"),
        )
        .join(inquiry, inquiry.id == row.therapeutenanfrage_id)
        .where(inquiry.state != "cancelled")
        .group_by(row.platzsuche_id)
    )
    if ids is not None:
        counts = counts.where(row.platzsuche_id.in_(list(ids)))
    return counts.subquery()


def _keep(
    session: Session,
    table: Any,
    key: str,
    records: Sequence[Mapping[str, Any]],
    anew: bool,
) -> None:
    if not records:
        return
    statement = insert(table.__table__).values(list(records))
    news = (table.version < statement.excluded.version) & ~table.deleted
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[key],
            set_={name: statement.excluded[name] for name in records[0] if name != key},
            where=None if anew else news,
        )
    )


def _patient(row: PatientRow) -> PatientSnapshot:
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
        availability=read_schedule(row.availability),
        excluded_therapists=frozenset(row.excluded_therapists),
        vertraege_unterschrieben=row.vertraege_unterschrieben,
        psychotherapieerfahrung=row.psychotherapieerfahrung,
        letzte_therapie_ende=row.letzte_therapie_ende,
    )


def _search(row: "Row[Any]") -> SearchSnapshot:
    search, patient, open_inquiries, last_inquiry = tuple(row)
    return SearchSnapshot(
        search_id=search.id,
        patient=_patient(patient),
        waiting_since=search.waiting_since,
        status=search.status,
        remaining_contacts=search.total_requested_contacts - search.used_contacts,
        open_inquiries=open_inquiries or 0,
        last_inquiry_on=last_inquiry,
        excluded_therapists=frozenset(search.excluded_therapists),
    )


def _therapist(
    row: TherapistRow,
    next_contactable: date | None,
    quiet_until: datetime | None,
    has_open: bool,
) -> TherapistSnapshot:
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
        working_hours=read_schedule(row.working_hours),
        next_contactable_date=next_contactable,
        mail_possible_on=None if quiet_until is None else first_whole_day(quiet_until),
        has_open_inquiry=has_open,
    )
