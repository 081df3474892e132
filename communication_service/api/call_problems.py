"""Which problem each refusal about calls becomes."""

from collections.abc import Mapping
from typing import Any

from communication_service.gateways.matching import AnswerRefused, PermitRefused
from communication_service.use_cases.call_errors import (
    BatchNotFound,
    CallNotFound,
    CallNotPossible,
    WrongCallField,
)
from shared.http.problems import PROBLEMS, Problem, ProblemTable, field_error

_NOT_POSSIBLE = {
    "completed": "Dieser Anruf ist schon festgehalten.",
    "failed": "Dieser Anruf ist schon festgehalten.",
    "canceled": "Dieser Anruf wurde abgesagt: Die Praxis hat geantwortet oder niemand wartet mehr.",
    "not_started": "Dieser Anruf wurde noch nicht begonnen.",
    "started_by_others": "Diesen Anruf führt gerade jemand anderes.",
    "nobody_left": "In dieser Anfrage wird für niemanden mehr gesucht.",
    "no_phone": "Von dieser Praxis ist keine Telefonnummer bekannt.",
    "therapist_gone": "Diesen Therapeuten gibt es nicht mehr.",
    "of_inquiry": "Dieser Anruf gehört zu einer Therapeutenanfrage; v1 kann ihn nur verschieben.",
}
_LEGAL = {"not_started": ["start"], "of_inquiry": ["complete"]}
_WRONG = {
    "required": "Pflichtfeld für diesen Schritt.",
    "not_allowed": "Passt nicht zu diesem Ergebnis.",
    "no_inquiry": "Dieser Anruf gehört zu keiner Therapeutenanfrage.",
    "in_the_past": "Liegt in der Vergangenheit.",
    "no_such_time": "Diese Uhrzeit gibt es an diesem Tag nicht (Umstellung auf Sommerzeit).",
    "taken": "Zu dieser Zeit ist schon ein anderer Anruf geplant.",
    "not_planned": "Nur ein geplanter Anruf kann verschoben werden.",
    "no_free_slot": "Kein freier Termin in den Sprechzeiten.",
    "not_found": "Gibt es nicht.",
    "twice": "Kommt mehrfach vor.",
}


def _not_possible(error: CallNotPossible) -> Problem:
    legal = _LEGAL.get(error.reason, [])
    return Problem("illegal-transition", _NOT_POSSIBLE[error.reason], extra={"legal": legal})


def _wrong_field(error: WrongCallField) -> Problem:
    return field_error(error.field, error.code, _WRONG[error.code])


def _relayed(slug: str, document: Mapping[str, Any]) -> Problem:
    """Matching's problem, passed on as it came."""
    if slug not in PROBLEMS:
        return Problem("unavailable")
    own = {"type", "title", "status", "detail", "errors"}
    extra = {name: value for name, value in document.items() if name not in own}
    return Problem(slug, document.get("detail", ""), document.get("errors", []), extra)


CALL_PROBLEMS: ProblemTable = {
    CallNotFound: lambda _: Problem("not-found", "Phone call not found"),
    BatchNotFound: lambda _: Problem("not-found", "Phone call batch not found"),
    CallNotPossible: _not_possible,
    WrongCallField: _wrong_field,
    PermitRefused: lambda error: _relayed(error.reason, error.document),
    AnswerRefused: lambda error: _relayed(error.slug, error.document),
}
