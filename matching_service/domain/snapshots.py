"""What matching knows about people when it decides: immutable values, named like the read models.

None means "not known". Enum values arrive as text; a rule treats a value it does not know
as not known, so that a newer neighbour cannot make planning fail.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from math import cos, radians, sin
from typing import Literal, NamedTuple

from matching_service.domain.ages import full_years
from matching_service.domain.availability import NOT_GIVEN, Availability

Precision = Literal["exact", "approximate"]


@dataclass(frozen=True, slots=True)
class Place:
    """`approximate`: known only as the middle of a three-digit postcode area.

    `on_sphere` is the same point as a vector of length 1, kept because distances to it are asked
    for thousands of times.
    """

    latitude: float
    longitude: float
    precision: Precision
    on_sphere: tuple[float, float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        north, east = radians(self.latitude), radians(self.longitude)
        vector = cos(north) * cos(east), cos(north) * sin(east), sin(north)
        object.__setattr__(self, "on_sphere", vector)


@dataclass(frozen=True, slots=True)
class UnknownPlace:
    status: str  # pending (will be looked up again) or unknown


Location = Place | UnknownPlace


def locate(latitude: float | None, longitude: float | None, place_status: str | None) -> Location:
    if latitude is None or longitude is None:
        return UnknownPlace("pending" if place_status == "pending" else "unknown")
    precision = _PRECISIONS.get(place_status or "")
    if precision is None:
        return UnknownPlace(place_status or "unknown")
    return Place(float(latitude), float(longitude), precision)


_PRECISIONS: dict[str, Precision] = {"exact": "exact", "approximate": "approximate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientSnapshot:
    patient_id: int
    version: int = 1
    status: str | None = None
    place: Location = UnknownPlace("unknown")
    plz: str | None = None
    max_km: int | None = None
    travel_mode: str | None = None  # car | transit
    geschlecht: str | None = None  # männlich | weiblich | divers | keine_Angabe
    geburtsdatum: date | None = None
    diagnose: str | None = None
    versicherungsart: str | None = None  # gesetzlich | privat | selbstzahler | kostenerstattung
    sprachen: tuple[str, ...] = ()  # empty: German
    verfahren: str | None = None  # the wish; None and "Egal": none
    therapist_gender_preference: str | None = None  # male | female | any; None: any
    group_ok: bool | None = None
    only_group: bool = False
    availability: Availability = NOT_GIVEN
    excluded_therapists: frozenset[int] = frozenset()
    vertraege_unterschrieben: bool | None = None
    psychotherapieerfahrung: bool | None = None
    letzte_therapie_ende: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSnapshot:
    """`excluded_therapists` is the search's own list; the patient's counts as well."""

    search_id: int
    patient: PatientSnapshot
    waiting_since: datetime
    status: str = "active"
    remaining_contacts: int = 0
    open_inquiries: int = 0
    last_inquiry_on: date | None = None
    excluded_therapists: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """What became of earlier inquiries. `asked`: those whose time is over, answered or not;
    `offered`: patients in answered ones."""

    asked: int = 0
    answered: int = 0
    offered: int = 0
    accepted: int = 0

    def __add__(self, other: "AnswerRecord") -> "AnswerRecord":
        return AnswerRecord(
            self.asked + other.asked,
            self.answered + other.answered,
            self.offered + other.offered,
            self.accepted + other.accepted,
        )


NO_RECORD = AnswerRecord()


@dataclass(frozen=True, slots=True, kw_only=True)
class TherapistSnapshot:
    """`next_contactable_date` and `has_open_inquiry` are those of the whole mailbox."""

    therapist_id: int
    mailbox_id: int
    mailbox_key: str = ""
    version: int = 1
    status: str | None = None  # aktiv | gesperrt | inaktiv
    place: Location = UnknownPlace("unknown")
    plz: str | None = None
    kassensitz: bool | None = None
    geschlecht: str | None = None
    verfahren: tuple[str, ...] | None = None
    altersgruppe: str | None = None  # erwachsene | kinder_jugendliche | beide
    sprachen: tuple[str, ...] | None = None  # besides German
    has_email: bool = False
    has_phone: bool = False
    kontakt_wieder_ab: date | None = None
    opted_out: bool = False
    potentially_available: bool = False
    free_from: date | None = None
    preferred_diagnoses: tuple[str, ...] | None = None  # empty: no preference
    age_min: int | None = None  # None and 0: no limit
    age_max: int | None = None
    gender_preference: str | None = None  # male | female | any
    group_therapy_preference: bool | None = None
    working_hours: Availability = NOT_GIVEN
    next_contactable_date: date | None = None
    mail_possible_on: date | None = None  # seven days after the last unsolicited mail
    has_open_inquiry: bool = False
    record: AnswerRecord = NO_RECORD


class Pair(NamedTuple):
    """One search beside one therapist on a Berlin day: what every rule looks at."""

    search: SearchSnapshot
    patient: PatientSnapshot
    therapist: TherapistSnapshot
    today: date

    @property
    def age(self) -> int | None:
        born = self.patient.geburtsdatum
        return None if born is None else full_years(born, self.today)


def pair_of(search: SearchSnapshot, therapist: TherapistSnapshot, today: date) -> Pair:
    return Pair(search, search.patient, therapist, today)
