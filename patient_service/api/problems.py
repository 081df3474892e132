"""Which problem each error of this service becomes."""

from patient_service.domain.patient import AliasConflict
from patient_service.use_cases.patients import PatientInUse, PatientNotFound, PatientStale
from shared.http.problems import Problem, ProblemTable


def _alias_conflict(error: AliasConflict) -> Problem:
    message = f"{error.old} und {error.new} meinen dasselbe, sagen aber Verschiedenes."
    entries = [
        {"field": name, "code": "alias_conflict", "message": message}
        for name in (error.old, error.new)
    ]
    return Problem("validation-failed", message, errors=entries)


PROBLEM_TABLE: ProblemTable = {
    AliasConflict: _alias_conflict,
    PatientNotFound: lambda _: Problem("not-found", "Patient not found"),
    PatientStale: lambda _: Problem("stale", "Der Patient wurde inzwischen geändert."),
    PatientInUse: lambda error: Problem(
        "patient-in-use",
        f"Die Platzsuche {error.search_id} dieses Patienten ist noch nicht beendet.",
        extra={"search_id": error.search_id},
    ),
}
