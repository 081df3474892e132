"""Copies of people as snapshots: whoever was read before is not read again.

A row's `changed_xid` names the transaction that wrote it. While it is the same so is the row, and
what this process once made of it may be used again. Nothing can be out of date: every reader asks
the database first who is there and how written, and only then looks here (ADR 0025).
"""

import json
import time
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import ARRAY, Engine, Integer, Row, Text, any_, bindparam, cast, func, select
from sqlalchemy.orm import Session

from matching_service.domain.availability import Availability, read_schedule
from matching_service.domain.snapshots import PatientSnapshot, TherapistSnapshot, locate
from matching_service.storage.tables import PatientRow, TherapistRow

Snapshot = TypeVar("Snapshot", PatientSnapshot, TherapistSnapshot)

Writings = Mapping[int, str | None]
"""Id → the `changed_xid` under which the row was just found; None: to be read in any case."""

KEPT_SECONDS = 3600.0  # whoever was deleted has left every process by then
SCHEDULES_REMEMBERED = 20_000
_WEEKLY = {"availability", "working_hours"}  # as text: taken apart only where it is new


def patients(session: Session, writings: Writings) -> dict[int, PatientSnapshot]:
    """Whoever was deleted since is missing; nobody asks here who was merged into whom."""
    return _memories_of(session).patients.recall(session, writings)


def therapists(session: Session, writings: Writings) -> dict[int, TherapistSnapshot]:
    """The same; without what the contact law says about them."""
    return _memories_of(session).therapists.recall(session, writings)


class _Memory(Generic[Snapshot]):
    """Of one read model in one database."""

    def __init__(self, rows: Any, build: "Callable[[Row[Any]], Snapshot]") -> None:
        self._rows = rows
        self._build: Callable[[Row[Any]], Snapshot] = build
        self._known: dict[int, tuple[str, Snapshot]] = {}
        self._since = time.monotonic()

    def recall(self, session: Session, writings: Writings) -> dict[int, Snapshot]:
        self._forget_in_time()
        known, found, unknown = self._known, {}, []
        for one, writing in writings.items():
            kept = known.get(one)
            if kept is not None and kept[0] == writing:
                found[one] = kept[1]
            else:
                unknown.append(one)
        return found | self._read(session, unknown) if unknown else found

    def _read(self, session: Session, ids: Collection[int]) -> dict[int, Snapshot]:
        """What the reading transaction wrote itself is not kept: it might write again."""
        found = {}
        for row in session.connection().execute(self._rows, {"ids": ids}):
            found[row.row_id] = snapshot = self._build(row)
            if not row.own:
                self._known[row.row_id] = row.changed_xid, snapshot
        return found

    def _forget_in_time(self) -> None:
        if time.monotonic() - self._since > KEPT_SECONDS:
            self._known, self._since = {}, time.monotonic()


class _Memories(NamedTuple):
    patients: _Memory[PatientSnapshot]
    therapists: _Memory[TherapistSnapshot]


_memories: "WeakKeyDictionary[Engine, _Memories]" = WeakKeyDictionary()


def _memories_of(session: Session) -> _Memories:
    """A process may hold several databases."""
    engine = session.get_bind().engine
    if engine not in _memories:
        _memories[engine] = _Memories(
            _Memory(_PATIENTS, _patient), _Memory(_THERAPISTS, _therapist)
        )
    return _memories[engine]


def _rows(table: Any, key: str) -> Any:
    columns = [cast(c, Text).label(c.name) if c.name in _WEEKLY else c for c in table.c]
    own = cast(table.c.changed_xid, Text) == cast(func.pg_current_xact_id_if_assigned(), Text)
    wanted = any_(bindparam("ids", type_=ARRAY(Integer)))
    return select(table.c[key].label("row_id"), own.label("own"), *columns).where(
        table.c[key] == wanted, ~table.c.deleted
    )


def _patient(row: "Row[Any]") -> PatientSnapshot:
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
        excluded_therapists=frozenset(row.excluded_therapists),
        vertraege_unterschrieben=row.vertraege_unterschrieben,
        psychotherapieerfahrung=row.psychotherapieerfahrung,
        letzte_therapie_ende=row.letzte_therapie_ende,
    )


def _therapist(row: "Row[Any]") -> TherapistSnapshot:
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
    )


@lru_cache(maxsize=SCHEDULES_REMEMBERED)
def _schedule(text: str | None) -> Availability:
    return read_schedule(None if text is None else json.loads(text))


_PATIENTS = _rows(PatientRow.__table__, "patient_id")
_THERAPISTS = _rows(TherapistRow.__table__, "therapist_id")
