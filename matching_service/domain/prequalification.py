"""Whether a patient may start a search: all unmet points at once."""

from collections.abc import Callable
from datetime import date

from matching_service.domain.ages import full_years
from matching_service.domain.availability import WeeklySchedule
from matching_service.domain.errors import Unmet
from matching_service.domain.snapshots import PatientSnapshot, UnknownPlace

HOURS_NEEDED = 20
HOURS_NEEDED_FOR_GROUPS = 10
YEARS_SINCE_LAST_THERAPY = 2


def unmet_points(patient: PatientSnapshot, today: date) -> tuple[Unmet, ...]:
    points = (check(patient, today) for check in _CHECKS)
    return tuple(point for point in points if point is not None)


def _contracts(patient: PatientSnapshot, _today: date) -> Unmet | None:
    return None if patient.vertraege_unterschrieben else Unmet("contracts_missing", {})


def _diagnosis(patient: PatientSnapshot, _today: date) -> Unmet | None:
    return _given("diagnosis_missing", patient.diagnose)


def _insurance(patient: PatientSnapshot, _today: date) -> Unmet | None:
    return _given("insurance_missing", patient.versicherungsart)


def _birth_date(patient: PatientSnapshot, _today: date) -> Unmet | None:
    return None if patient.geburtsdatum else Unmet("birth_date_missing", {})


def _gender(patient: PatientSnapshot, _today: date) -> Unmet | None:
    """`keine_Angabe` is an answer."""
    return _given("gender_missing", patient.geschlecht)


def _availability(patient: PatientSnapshot, _today: date) -> Unmet | None:
    needed = HOURS_NEEDED_FOR_GROUPS if patient.only_group else HOURS_NEEDED
    times = patient.availability
    if not isinstance(times, WeeklySchedule):
        return Unmet("availability_too_low", {"hours": None, "needed": needed, "why": times.reason})
    if times.hours_per_week >= needed:
        return None
    return Unmet(
        "availability_too_low", {"hours": round(times.hours_per_week, 2), "needed": needed}
    )


def _last_therapy(patient: PatientSnapshot, today: date) -> Unmet | None:
    """Without experience there was none; with it, or not knowing, its end has to be known."""
    ended = patient.letzte_therapie_ende
    if patient.psychotherapieerfahrung is False and ended is None:
        return None
    if ended is None:
        return Unmet("last_therapy_too_recent", {"ended": None})
    if full_years(ended, today) >= YEARS_SINCE_LAST_THERAPY:
        return None
    return Unmet("last_therapy_too_recent", {"ended": ended.isoformat()})


def _place(patient: PatientSnapshot, _today: date) -> Unmet | None:
    if isinstance(patient.place, UnknownPlace):
        return Unmet("place_unresolvable", {"place_status": patient.place.status})
    return None


def _given(code: str, value: str | None) -> Unmet | None:
    return None if value and value.strip() else Unmet(code, {})


_CHECKS: tuple[Callable[[PatientSnapshot, date], Unmet | None], ...] = (
    _contracts,
    _diagnosis,
    _insurance,
    _birth_date,
    _gender,
    _availability,
    _last_therapy,
    _place,
)
