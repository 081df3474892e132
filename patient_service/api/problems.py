"""Which problem each error of this service becomes."""

from patient_service.domain.plausibility import LONGEST_LIFE_YEARS, Fault, Implausible
from patient_service.use_cases.patients import (
    PatientInUse,
    PatientNotFound,
    PatientStale,
    StatusFollowsSearch,
)
from shared.http.fields import Coded
from shared.http.problems import Problem, ProblemTable, validation_problem

_SENTENCES = {
    "blank": "Darf nicht leer sein.",
    "in_the_future": "Liegt in der Zukunft.",
    "too_long_ago": f"Liegt mehr als {LONGEST_LIFE_YEARS} Jahre zurück.",
    "before_birth": "Liegt vor dem Geburtsdatum.",
    "alias_conflict": "Meint dasselbe wie {other}, sagt aber etwas anderes.",
}


def _implausible(error: Implausible) -> Problem:
    messages: dict[str, list[Coded]] = {}
    for fault in error.faults:
        messages.setdefault(fault.field, []).append(_sentence(fault))
    return validation_problem(messages)


def _sentence(fault: Fault) -> Coded:
    return Coded(fault.code, _SENTENCES[fault.code].format(other=fault.other))


PROBLEM_TABLE: ProblemTable = {
    Implausible: _implausible,
    PatientNotFound: lambda _: Problem("not-found", "Patient not found"),
    PatientStale: lambda _: Problem("stale", "Der Patient wurde inzwischen geändert."),
    PatientInUse: lambda error: Problem(
        "patient-in-use",
        f"Die Platzsuche {error.search_id} dieses Patienten ist noch nicht beendet.",
        extra={"search_id": error.search_id},
    ),
    StatusFollowsSearch: lambda error: Problem(
        "active-search-exists",
        f"Der Status folgt der Platzsuche {error.search_id}, die noch nicht beendet ist.",
        extra={"search_id": error.search_id},
    ),
}
