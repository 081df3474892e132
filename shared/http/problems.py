"""Errors as callers see them: RFC 9457 problem documents, and v1's bare messages."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.http.fields import Coded

PROBLEMS: dict[str, tuple[int, str]] = {
    "malformed": (400, "Die Anfrage ist nicht lesbar"),
    "unauthenticated": (401, "Anmeldung fehlt oder ist abgelaufen"),
    "forbidden": (403, "Dafür fehlt die Berechtigung"),
    "feature-disabled": (403, "Diese Funktion ist nicht freigeschaltet"),
    "not-found": (404, "Nicht gefunden"),
    "method-not-allowed": (405, "Diese Methode gibt es hier nicht"),
    "validation-failed": (422, "Eingaben sind unvollständig oder falsch"),
    "not-qualified": (422, "Voraussetzungen für die Platzsuche fehlen"),
    "incomplete-response": (422, "Die Antwort deckt nicht alle Patienten ab"),
    "idempotency-key-reused": (422, "Idempotency-Key gehört zu einer anderen Anfrage"),
    "idempotency-in-progress": (409, "Dieselbe Anfrage läuft gerade"),
    "active-search-exists": (409, "Für diesen Patienten läuft schon eine Platzsuche"),
    "illegal-transition": (409, "Dieser Schritt ist im jetzigen Zustand nicht möglich"),
    "search-not-active": (409, "Die Platzsuche ist nicht aktiv"),
    "excluded-by-patient": (409, "Der Patient selbst schließt diesen Therapeuten aus"),
    "not-eligible": (409, "Patient und Therapeut kommen nicht zusammen"),
    "cooling-active": (409, "Die Praxis ist in der Abkühlungsphase"),
    "contact-too-soon": (409, "Diese Praxis hat vor weniger als sieben Tagen Post bekommen"),
    "open-inquiry": (409, "Bei dieser Praxis ist schon eine Anfrage offen"),
    "bundle-too-small": (409, "Das Bündel ist zu klein"),
    "not-sent": (409, "Die Anfrage wurde noch nicht gesendet"),
    "already-answered": (409, "Die Anfrage ist schon beantwortet"),
    "correction-too-late": (409, "Für eine Korrektur ist es zu spät"),
    "no-channel": (409, "Weder E-Mail noch Telefon bekannt"),
    "patient-in-use": (409, "Der Patient wird noch gebraucht"),
    "therapist-in-use": (409, "Der Therapeut wird noch gebraucht"),
    "plan-stale": (409, "Der Vorschlag ist veraltet"),
    "stale": (412, "Inzwischen geändert"),
    "if-match-required": (428, "If-Match fehlt"),
    "too-large": (413, "Die Anfrage ist zu groß"),
    "unsupported-media-type": (415, "Erwartet wird application/json"),
    "too-many-requests": (429, "Zu viele Anfragen"),
    "internal": (500, "Unerwarteter Fehler"),
    "unavailable": (503, "Vorübergehend nicht verfügbar"),
}


@dataclass(eq=False)
class Problem(Exception):
    """One refusal. `extra` are the extension members that the slug's page promises."""

    slug: str
    detail: str = ""
    errors: list[dict[str, str]] = field(default_factory=list)
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken = {"type", "title", "status", "detail", "errors"} & set(self.extra)
        assert not taken, f"extension members must not hide {taken}"

    @property
    def status(self) -> int:
        return PROBLEMS[self.slug][0]

    @property
    def title(self) -> str:
        return PROBLEMS[self.slug][1]

    def document(self) -> dict[str, Any]:
        return {
            "type": f"/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.title,
            **({"errors": self.errors} if self.errors else {}),
            **self.extra,
        }


ProblemTable = Mapping[type[Exception], Callable[[Any], Problem]]
"""Which problem each domain error becomes; every service has one in api/problems.py."""


def field_error(field_path: str, code: str, message: str) -> Problem:
    """The detail names the field as well: v1 shows nothing else."""
    errors = [{"field": field_path, "code": code, "message": message}]
    return Problem("validation-failed", _summary(errors), errors=errors)


def validation_problem(messages: Any) -> Problem:
    """From marshmallow's nested messages to one flat list, each naming its field."""
    errors = _flatten("", messages)
    return Problem("validation-failed", _summary(errors), errors=errors)


def _summary(errors: list[dict[str, str]]) -> str:
    return "; ".join(f"{e['field']}: {e['message']}" for e in errors[:5])


def _flatten(path: str, messages: Any) -> list[dict[str, str]]:
    if isinstance(messages, dict):
        return [e for key, inner in messages.items() for e in _flatten(_join(path, key), inner)]
    if isinstance(messages, list):
        return [e for message in messages for e in _flatten(path, message)]
    code, message = _translate(messages)
    return [{"field": path or "body", "code": code, "message": message}]


def _join(path: str, key: Any) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key == "_schema":
        return path
    return f"{path}.{key}" if path else str(key)


_TRANSLATIONS: tuple[tuple[str, str, str], ...] = (
    (r"Missing data for required field\.", "required", "Pflichtfeld fehlt."),
    (r"Field may not be null\.", "null", "Darf nicht null sein."),
    (r"Unknown field\.", "unknown_field", "Dieses Feld gibt es nicht."),
    (r"Not a valid (string|integer|number|boolean|list)\.", "wrong_type", "Falscher Typ."),
    (r"Not a valid mapping type\.|Invalid input type\.", "wrong_type", "Objekt erwartet."),
    (r"Not a valid (date|datetime|time|UUID|aware datetime).*", "wrong_format", "Falsches Format."),
    (r"Longer than maximum length (\d+)\.", "too_long", r"Höchstens \1 Zeichen oder Einträge."),
    (r"Shorter than minimum length (\d+)\.", "too_short", r"Mindestens \1 Zeichen oder Einträge."),
    (
        r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.",
        "out_of_range",
        r"Muss zwischen \1 und \2 liegen.",
    ),
    (r"Length must be between (\d+) and (\d+)\.", "wrong_length", r"Erlaubt sind \1 bis \2."),
    (r"Special numeric values .*|Number too large\.", "out_of_range", "Keine gültige Zahl."),
)


def _translate(message: Any) -> tuple[str, str]:
    if isinstance(message, Coded):
        return message.code, str(message)
    for pattern, code, german in _TRANSLATIONS:
        found = re.fullmatch(pattern, str(message))
        if found:
            return code, found.expand(german)
    return "invalid", str(message)
