"""Which problem each error of this service becomes."""

from shared.http.problems import Problem, ProblemTable
from therapist_service.use_cases.merge_therapists import MergedWithItself
from therapist_service.use_cases.scraper_imports import ScraperImportNotFound
from therapist_service.use_cases.therapist_rows import NoAgeFits
from therapist_service.use_cases.therapists import (
    NotYet,
    ReadOnly,
    TherapistInUse,
    TherapistNotFound,
    TherapistStale,
)


def _no_age_fits(_: NoAgeFits) -> Problem:
    return _invalid("no_age_fits", "age_min liegt über age_max.", ["age_min", "age_max"])


def _invalid(code: str, message: str, names: list[str]) -> Problem:
    """The detail names the fields as well: v1 shows nothing else."""
    entries = [{"field": name, "code": code, "message": message} for name in names]
    return Problem("validation-failed", f"{', '.join(names)}: {message}", errors=entries)


def _not_found(error: TherapistNotFound) -> Problem:
    extra = {} if error.merged_into is None else {"merged_into": error.merged_into}
    return Problem("not-found", "Therapist not found", extra=extra)


PROBLEM_TABLE: ProblemTable = {
    NoAgeFits: _no_age_fits,
    ReadOnly: lambda error: _invalid(
        "read_only", "Wird nicht hier geändert; neu lesen und so lassen.", error.fields
    ),
    NotYet: lambda error: _invalid("in_the_future", "Liegt in der Zukunft.", error.fields),
    MergedWithItself: lambda _: _invalid(
        "same_therapist", "Niemand ist ein Duplikat von sich selbst.", ["duplicate_id"]
    ),
    TherapistNotFound: _not_found,
    TherapistStale: lambda _: Problem("stale", "Der Therapeut wurde inzwischen geändert."),
    TherapistInUse: lambda error: Problem(
        "therapist-in-use",
        f"Die Anfrage {error.bundle_id} an diesen Therapeuten ist noch offen.",
        extra={"bundle_id": error.bundle_id},
    ),
    ScraperImportNotFound: lambda _: Problem("not-found", "Scraper import not found"),
}
