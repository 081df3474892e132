"""German words for what a letter decided."""

from collections.abc import Sequence
from datetime import date

from communication_service.domain.age_bands import AgeBand
from communication_service.domain.diagnosis_groups import DiagnosisGroup
from communication_service.domain.letters import (
    GroupReadiness,
    InsuranceKind,
    LetterPatient,
    RoundedDistance,
)
from communication_service.domain.notices import NamedPatient
from communication_service.domain.patient_letters import PracticeContact
from communication_service.domain.salutations import Salutation, SalutationForm
from communication_service.domain.unknown import Unknown
from communication_service.domain.weekly_times import MINUTES_A_DAY, Hours, SharedHours

NUMBER_WORDS = {1: "eine", 2: "zwei", 3: "drei", 4: "vier", 5: "fünf", 6: "sechs"}
MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September"),
    *("Oktober", "November", "Dezember"),
)
WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")

SALUTATIONS = {
    SalutationForm.FRAU: "Sehr geehrte Frau",
    SalutationForm.HERR: "Sehr geehrter Herr",
    SalutationForm.NEUTRAL: "Guten Tag",
    SalutationForm.NOBODY: "Sehr geehrte Damen und Herren",
}

DIAGNOSES = {
    DiagnosisGroup.ORGANIC: "Organische psychische Störung (F00–F09)",
    DiagnosisGroup.SUBSTANCES: "Störung durch Substanzkonsum (F10–F19)",
    DiagnosisGroup.PSYCHOSIS: "Störung aus dem psychotischen Spektrum (F20–F29)",
    DiagnosisGroup.BIPOLAR: "Bipolare Störung (F30/F31)",
    DiagnosisGroup.DEPRESSION: "Depressive Störung (F32/F33)",
    DiagnosisGroup.OTHER_AFFECTIVE: "Andere affektive Störung (F34–F39)",
    DiagnosisGroup.ANXIETY: "Angststörung (F40/F41)",
    DiagnosisGroup.COMPULSION: "Zwangsstörung (F42)",
    DiagnosisGroup.STRESS: "Belastungs- oder Anpassungsstörung (F43)",
    DiagnosisGroup.DISSOCIATION: "Dissoziative Störung (F44)",
    DiagnosisGroup.SOMATOFORM: "Somatoforme Störung (F45)",
    DiagnosisGroup.OTHER_NEUROTIC: "Andere neurotische Störung (F48)",
    DiagnosisGroup.EATING: "Essstörung (F50)",
    DiagnosisGroup.OTHER_BODILY_BEHAVIOUR: "Verhaltensauffälligkeit (F51–F59)",
    DiagnosisGroup.PERSONALITY: "Persönlichkeitsstörung (F60/F61)",
    DiagnosisGroup.OTHER_PERSONALITY: "Persönlichkeits- oder Verhaltensstörung (F60–F69)",
    DiagnosisGroup.INTELLECTUAL_DISABILITY: "Intelligenzminderung (F70–F79)",
    DiagnosisGroup.DEVELOPMENT: "Entwicklungsstörung (F80–F89)",
    DiagnosisGroup.ATTENTION: "Hyperkinetische Störung/ADHS (F90)",
    DiagnosisGroup.CHILDHOOD: "Störung mit Beginn in Kindheit oder Jugend (F91–F98)",
    DiagnosisGroup.UNSPECIFIED: "Psychische Störung, nicht näher bezeichnet (F99)",
    DiagnosisGroup.OUTSIDE_F: "Diagnose außerhalb des Kapitels F",
}

GROUP_READINESS = {
    GroupReadiness.ONLY_GROUP: "nur Gruppentherapie",
    GroupReadiness.ALSO_GROUP: "Einzel- oder Gruppentherapie",
    GroupReadiness.NO_GROUP: "Einzeltherapie",
}

INSURANCES = {
    InsuranceKind.GESETZLICH: "gesetzlich versichert",
    InsuranceKind.PRIVAT: "privat versichert",
    InsuranceKind.SELBSTZAHLER: "zahlt selbst",
    InsuranceKind.KOSTENERSTATTUNG: "Kostenerstattung",
}


def salutation_text(salutation: Salutation) -> str:
    """The first name only where neither Frau nor Herr can be said."""
    first_name = salutation.first_name if salutation.form is SalutationForm.NEUTRAL else ""
    words = (SALUTATIONS[salutation.form], salutation.titles, first_name, salutation.surname)
    return " ".join(word for word in words if word)


def number_word(number: int) -> str:
    return NUMBER_WORDS[number]


def agree(number: int, one: str, many: str) -> str:
    """The words that go with this number."""
    return one if number == 1 else many


def listed(words: Sequence[str]) -> str:
    """A, B und C"""
    return " und ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def day_text(day: date) -> str:
    return f"{day.day}. {MONTHS[day.month - 1]} {day.year}"


def contact_lines(named: NamedPatient | None) -> tuple[str, ...]:
    if named is None:
        return ("Der Name folgt.",)
    ways = (_labelled("Telefon", named.phone), _labelled("E-Mail", named.email))
    known = tuple(way for way in ways if way)
    return (named.name, *(known or ("Telefon und E-Mail bitte bei uns erfragen",)))


def practice_lines(practice: PracticeContact) -> tuple[str, ...]:
    lines = (
        practice.name,
        practice.street,
        practice.town,
        _labelled("Telefon", practice.phone),
        _labelled("E-Mail", practice.email),
    )
    return tuple(line for line in lines if line)


def _labelled(label: str, words: str) -> str:
    return f"{label}: {words}" if words else ""


def age_text(age: AgeBand | Unknown) -> str:
    if isinstance(age, Unknown):
        return "Alter noch offen"
    if age.oldest is None:
        return f"ab {age.youngest} Jahre"
    return f"{age.youngest}–{age.oldest} Jahre" if age.youngest else f"bis {age.oldest} Jahre"


def diagnosis_text(diagnosis: DiagnosisGroup | Unknown) -> str:
    return "Diagnose noch offen" if isinstance(diagnosis, Unknown) else DIAGNOSES[diagnosis]


def group_text(group: GroupReadiness | Unknown) -> str:
    return "Setting noch offen" if isinstance(group, Unknown) else GROUP_READINESS[group]


def insurance_text(insurance: InsuranceKind | Unknown) -> str:
    return "Versicherung noch offen" if isinstance(insurance, Unknown) else INSURANCES[insurance]


def distance_text(distance: RoundedDistance | Unknown) -> str:
    if isinstance(distance, Unknown):
        return "Entfernung noch offen"
    return f"{'unter' if distance.within else 'rund'} {distance.km} km entfernt"


def times_text(times: tuple[SharedHours, ...] | Unknown) -> str:
    if isinstance(times, Unknown):
        return "Zeiten noch offen"
    return "; ".join(_shared_hours_text(shared) for shared in times)


def patient_lines(patient: LetterPatient) -> tuple[str, ...]:
    return (
        " · ".join((age_text(patient.age), diagnosis_text(patient.diagnosis))),
        times_text(patient.times),
        " · ".join(
            (
                group_text(patient.group),
                insurance_text(patient.insurance),
                distance_text(patient.distance),
            )
        ),
    )


def _shared_hours_text(shared: SharedHours) -> str:
    days = ", ".join(_days_text(first, last) for first, last in shared.day_runs)
    return f"{days} {' und '.join(_hours_text(hours) for hours in shared.hours)}"


def _days_text(first: int, last: int) -> str:
    if last - first == 1:
        return f"{WEEKDAYS[first]}, {WEEKDAYS[last]}"
    return WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}–{WEEKDAYS[last]}"


def _hours_text(hours: Hours) -> str:
    if hours == Hours(0, MINUTES_A_DAY):
        return "ganztags"
    if hours.end == MINUTES_A_DAY:
        return f"ab {_clock(hours.start)} Uhr"
    if hours.start == 0:
        return f"bis {_clock(hours.end)} Uhr"
    return f"{_clock(hours.start)}–{_clock(hours.end)} Uhr"


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}" if minutes % 60 else str(minutes // 60)
