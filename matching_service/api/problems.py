"""Which problem each refusal of the domain becomes."""

from typing import Any

from matching_service.api.reason_texts import reason_text
from matching_service.api.schemas import RemovedAnswer
from matching_service.api.views import removed_view
from matching_service.domain import errors
from matching_service.use_cases.feature_flags import FlagsUnreadable
from shared.http.problems import Problem, ProblemTable

_UNMET_TEXTS = {
    "contracts_missing": "Die Verträge sind noch nicht unterschrieben.",
    "diagnosis_missing": "Die Diagnose fehlt.",
    "insurance_missing": "Die Versicherungsart fehlt.",
    "birth_date_missing": "Das Geburtsdatum fehlt.",
    "gender_missing": "Das Geschlecht fehlt.",
    "availability_too_low": "Die zeitliche Verfügbarkeit reicht nicht.",
    "last_therapy_too_recent": (
        "Es ist nicht bekannt, dass die letzte Therapie mindestens zwei Jahre zurückliegt."
    ),
    "place_unresolvable": "Der Wohnort ist nicht auffindbar.",
}
_FIELD_TEXTS = {
    "required": "Pflichtfeld für diesen Schritt.",
    "not_allowed": "Dieser Wert passt nicht zu diesem Schritt.",
    "without_acceptance": "Erst, wenn ein Therapeut zugesagt hat.",
    "at_least_one": "Mindestens eine Sitzung.",
    "must_be_true": "Der Patient muss weitermachen wollen.",
    "must_be_in_the_future": "Muss in der Zukunft liegen.",
    "must_not_be_in_the_future": "Darf nicht in der Zukunft liegen.",
    "in_the_future": "Darf nicht in der Zukunft liegen.",
    "before_sending": "Liegt mehr als einen Tag vor dem Versand.",
    "twice": "Kommt mehrfach vor.",
    "after_to": "Liegt nach dem Ende des Zeitraums (to).",
    "before_from": "Liegt vor dem Anfang des Zeitraums (from).",
    "unknown": "Gibt es nicht.",
    "not_changeable": "Kann nicht geändert werden.",
    "not_found": "Gibt es nicht.",
    "not_active": "Diese Platzsuche ist nicht aktiv.",
    "not_in_bundle": "Steht nicht in diesem Bündel.",
    "bundle_full": "Das Bündel wäre zu groß.",
    "nobody_left": "Im Bündel stünde niemand mehr; den Entwurf dann verwerfen.",
    "same_patient": "Das ist der Patient, um den es geht.",
    "budget_used": "Die Kontakte dieser Platzsuche sind verbraucht.",
    "too_far": "Der Weg ist zu weit.",
    "place_unknown": "Der Wohnort oder der Praxisort ist nicht auffindbar.",
    "place_too_vague": "Der Ort ist für diese Entfernung zu ungenau bekannt.",
    "excluded": "Dieser Therapeut ist ausgeschlossen.",
    "gender": "Das Geschlecht des Therapeuten passt nicht zum Wunsch oder ist nicht bekannt.",
    "procedure": "Das Verfahren passt nicht zum Wunsch oder ist nicht bekannt.",
    "insurance": "Die Versicherung passt nicht oder ist nicht bekannt.",
    "age_group": "Die Altersgruppe passt nicht oder ist nicht bekannt.",
    "language": "Keine der gewünschten Sprachen ist bekannt.",
}
_KINDS = {
    "patient": "Patient",
    "therapist": "Therapeut",
    "search": "Platzsuche",
    "bundle": "Therapeutenanfrage",
    "permit": "Kontakterlaubnis",
    "plan": "Vorschlag",
    "cooling": "Abkühlungsphase",
    "conflict": "Konflikt",
    "task": "Aufgabe",
}


def _invalid_fields(error: errors.InvalidFields) -> Problem:
    entries = [
        {"field": e.field, "code": e.code, "message": _FIELD_TEXTS.get(e.code, "Ungültig.")}
        for e in error.errors
    ]
    detail = "; ".join(f"{e['field']}: {e['message']}" for e in entries)
    return Problem("validation-failed", detail, errors=entries)


def _not_qualified(error: errors.NotQualified) -> Problem:
    unmet = [
        {"code": point.code, "message": _UNMET_TEXTS[point.code], "detail": dict(point.detail)}
        for point in error.unmet
    ]
    return Problem("not-qualified", extra={"unmet": unmet})


def _not_eligible(error: errors.NotEligible) -> Problem:
    unmet = [
        {
            "code": point.code,
            "message": reason_text(point.code, point.detail),
            "detail": dict(point.detail),
        }
        for point in error.unmet
    ]
    return Problem("not-eligible", extra={"unmet": unmet})


def _bundle_too_small(error: errors.BundleTooSmall) -> Problem:
    removed = [RemovedAnswer().dump(removed_view(one)) for one in error.removed]
    extra = {"size": error.size, "needed": error.needed, "removed": removed}
    return Problem("bundle-too-small", extra=extra)


def _permit_refused(error: errors.PermitRefused) -> Problem:
    return Problem(
        "illegal-transition", "Diese Kontakterlaubnis gilt nicht mehr.", extra={"why": error.why}
    )


def _request_answered(error: errors.RequestAnswered) -> Problem:
    return Problem(
        "illegal-transition",
        f"Die Platzanfrage ist {error.status}, und dabei bleibt es. "
        "Eine Korrektur gehört in die Therapeutenanfrage, in der die Antwort steht (v2).",
        extra={"current": error.status, "wanted": error.wanted, "legal": []},
    )


def _with(slug: str, *names: str) -> Any:
    """A problem whose extension members are attributes of the error."""

    def problem(error: Any) -> Problem:
        return Problem(slug, extra={name: _plain(getattr(error, name)) for name in names})

    return problem


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


PROBLEM_TABLE: ProblemTable = {
    errors.ActiveSearchExists: _with("active-search-exists", "search_id"),
    errors.BundleTooSmall: _bundle_too_small,
    errors.ContactTooSoon: _with("contact-too-soon", "contactable_from"),
    errors.CoolingActive: _with("cooling-active", "next_contactable_date"),
    errors.CorrectionTooLate: _with("correction-too-late", "search_id"),
    errors.FeatureDisabled: lambda e: Problem(
        "feature-disabled",
        "Die Bündelsuche ist für Sie noch nicht freigeschaltet.",
        extra={"flag": e.flag},
    ),
    errors.FlagNotFound: lambda _: Problem("not-found", "Diese Funktion gibt es nicht."),
    errors.FlagStale: lambda _: Problem("stale", "Die Schaltung wurde inzwischen geändert."),
    FlagsUnreadable: lambda _: Problem("unavailable", headers={"Retry-After": "5"}),
    errors.ExcludedByPatient: _with("excluded-by-patient", "therapist_id", "patient_id"),
    errors.IllegalTransition: _with("illegal-transition", "current", "wanted", "legal"),
    errors.IncompleteResponse: _with("incomplete-response", "missing", "unknown"),
    errors.InquiryStale: lambda _: Problem(
        "stale", "Die Therapeutenanfrage wurde inzwischen geändert."
    ),
    errors.InvalidFields: _invalid_fields,
    errors.NoChannel: _with("no-channel", "therapist_id"),
    errors.NotEligible: _not_eligible,
    errors.NotFound: lambda e: Problem("not-found", f"{_KINDS[e.kind]} nicht gefunden."),
    errors.NotQualified: _not_qualified,
    errors.NotSent: _with("not-sent", "bundle_id", "state"),
    errors.OpenInquiry: _with("open-inquiry", "bundle_id"),
    errors.PermitRefused: _permit_refused,
    errors.PlacementRequestNotFound: lambda _: Problem("not-found", "Placement request not found"),
    errors.RequestAnswered: _request_answered,
    errors.PlanStale: _with("plan-stale", "plan_id"),
    errors.SearchNotActive: lambda e: Problem(
        "search-not-active", extra={"search_id": e.search_id, "search_status": e.status}
    ),
    errors.SearchStale: lambda _: Problem("stale", "Die Platzsuche wurde inzwischen geändert."),
    errors.TherapistNotContactable: _with("illegal-transition", "therapist_id", "why"),
    errors.TooManyStreams: lambda _: Problem(
        "too-many-requests",
        "So viele Seiten können nicht zugleich mitlesen.",
        headers={"Retry-After": "15"},
    ),
}
