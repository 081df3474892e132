"""Which problem each error of this service becomes."""

from shared.http.problems import Problem, ProblemTable
from therapist_service.use_cases.scraper_imports import ScraperImportNotFound
from therapist_service.use_cases.therapist_rows import NoAgeFits
from therapist_service.use_cases.therapists import (
    TherapistInUse,
    TherapistNotFound,
    TherapistStale,
)


def _no_age_fits(_: NoAgeFits) -> Problem:
    message = "age_min liegt über age_max."
    entries = [
        {"field": name, "code": "no_age_fits", "message": message}
        for name in ("age_min", "age_max")
    ]
    return Problem("validation-failed", message, errors=entries)


PROBLEM_TABLE: ProblemTable = {
    NoAgeFits: _no_age_fits,
    TherapistNotFound: lambda _: Problem("not-found", "Therapist not found"),
    TherapistStale: lambda _: Problem("stale", "Der Therapeut wurde inzwischen geändert."),
    TherapistInUse: lambda error: Problem(
        "therapist-in-use",
        f"Die Anfrage {error.bundle_id} an diesen Therapeuten ist noch offen.",
        extra={"bundle_id": error.bundle_id},
    ),
    ScraperImportNotFound: lambda _: Problem("not-found", "Scraper import not found"),
}
