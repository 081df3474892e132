"""Which problem each error of this service becomes, and how its v1 clients read it."""

from typing import Any

from geocoding_service.domain.places import NotLocated, UnknownPlace
from shared.http.problems import Problem, ProblemTable, field_error

_WRONG_VALUE = {
    UnknownPlace.MALFORMED_POSTCODE: "Eine Postleitzahl hat fünf Ziffern.",
    UnknownPlace.NO_POSTCODE: "Keine Postleitzahl gefunden; ohne sie ist der Ort unbekannt.",
    UnknownPlace.GEOCODER_SILENT: "Ohne Postleitzahl ist sie gerade nicht zu finden.",
}
_NO_SUCH_PLACE = {
    UnknownPlace.UNKNOWN_POSTCODE: "Diese Postleitzahl ist nicht bekannt.",
    UnknownPlace.NO_SUCH_ADDRESS: "Diese Adresse ist nicht bekannt.",
    UnknownPlace.NOTHING_NEARBY: "In der Nähe liegt keine bekannte Postleitzahl.",
}


def v1_message(problem: Problem) -> dict[str, Any]:
    named = "; ".join(f"{e['field']}: {e['message']}" for e in problem.errors)
    return {"status": "error", "error": named or problem.detail or problem.title}


def _not_located(error: NotLocated) -> Problem:
    if error.reason in _WRONG_VALUE:
        return field_error(error.field, error.reason.value, _WRONG_VALUE[error.reason])
    return Problem("not-found", f"{error.field}: {_NO_SUCH_PLACE[error.reason]}")


PROBLEM_TABLE: ProblemTable = {NotLocated: _not_located}
