"""A patient's way from the first entry to therapy, as requests that remember what they need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON, PROBLEM = "application/json", "application/problem+json"


@dataclass(frozen=True)
class Step:
    """`until`, `checks` (claim → condition) and `saves` (variable → value) are JavaScript over
    `json`, the answer; a request is repeated until `until` holds."""

    name: str
    send: str
    body: Any = None
    status: int = 200
    content: str | None = JSON
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    until: str | None = None
    checks: Mapping[str, str] = field(default_factory=dict)
    saves: Mapping[str, str] = field(default_factory=dict)


ONLY_ON_THE_TOUR = ("/api/v2/letters/{bundle_id}",)
"""What can be read only for a while: a letter until the practice has answered."""

NEVER_MET: tuple[str, ...] = ("batch_id",)
"""Ids in paths that neither the tour nor a list brings; what is read by them is skipped. Of a
request in a v1 call nobody is told the id: a client must have known it from before."""

# Far from the people of the demo, so that nobody else is asked for.
_PLACE = {"plz": "17489", "ort": "Greifswald"}
_HOURS = {day: [{"start": "08:00", "end": "18:00"}] for day in ("monday", "tuesday", "thursday")}
_THERAPIST = {
    "anrede": "Frau",
    "vorname": "Petra",
    "nachname": "Rundgang",
    **_PLACE,
    # A practice of its own each time: whoever has answered is left in peace.
    "email": "praxis-{{$timestamp}}@example.org",
    "telefon": "+49 3834 1234567",
    "kassensitz": True,
    "geschlecht": "weiblich",
    "altersgruppe": "erwachsene",
    "psychotherapieverfahren": ["Verhaltenstherapie"],
    "working_hours": _HOURS,
}
_PATIENT = {
    "nachname": "Rundgang",
    **_PLACE,
    "geburtsdatum": "1985-03-15",
    "geschlecht": "weiblich",
    "diagnose": "F32.1",
    "versicherungsart": "gesetzlich",
    "vertraege_unterschrieben": True,
    "psychotherapieerfahrung": False,
    "availability_schedule": _HOURS,
    "max_travel_distance_km": 10,
}
_TAG = {"etag": "pm.response.headers.get('ETag')"}
_IF_MATCH = {"If-Match": "{{etag}}"}
_ONCE = {"Idempotency-Key": "{{$guid}}"}
_SEARCHES = "/api/v2/patient-searches"
_BUNDLE = "/api/v2/therapist-bundles/{{bundle_id}}"
_WANTED = [
    {"therapist_id": "{{therapist_id}}", "search_id": f"{{{{{search}}}}}"}
    for search in ("search_id", "second_search_id", "third_search_id")
]
_THE_ANSWER = {"responses": "{{responses_json}}", "channel": "phone"}
_OUTCOMES = (
    "JSON.stringify(json.patients.map((one) => ({search_id: one.search_id, outcome: "
    "one.search_id === Number(pm.collectionVariables.get('search_id'))"
    " ? 'accepted' : 'rejected_capacity'})))"
)


def _patient(ordinal: str, name: str, variable: str) -> Step:
    return Step(
        f"{ordinal} Patientin anlegen",
        "POST /api/v2/patients",
        {"vorname": name, **_PATIENT},
        201,
        headers=_ONCE,
        checks={"neu und offen": "json.status === 'offen'"},
        saves={variable: "json.id"},
    )


def _search(ordinal: str, patient: str, variable: str) -> Step:
    return Step(
        f"{ordinal} Platzsuche eröffnen",
        f"POST {_SEARCHES}",
        {"patient_id": f"{{{{{patient}}}}}", "requested_contacts": 5},
        201,
        headers=_ONCE,
        checks={"aktiv": "json.status === 'active'"},
        saves={variable: "json.id"},
    )


def _give_up(ordinal: str, search: str) -> Step:
    return Step(
        f"{ordinal} Platzsuche beenden",
        f"POST {_SEARCHES}/{{{{{search}}}}}/transitions",
        {"to": "abandoned", "end_reason": "other", "reason": "Ende des Rundgangs"},
        checks={"beendet": "json.status === 'abandoned'"},
    )


TOUR = (
    Step(
        "Therapeutin anlegen",
        "POST /api/v2/therapists",
        _THERAPIST,
        201,
        headers=_ONCE,
        saves={
            "therapist_id": "json.id",
            "therapist_email": "json.email",
            "today": "new Date().toLocaleDateString('sv-SE', {timeZone: 'Europe/Berlin'})",
            **_TAG,
        },
    ),
    Step(
        "Therapeutin ändern",
        "PATCH /api/v2/therapists/{{therapist_id}}",
        {"notes": "nimmt gern Anrufe am Dienstag"},
        headers=_IF_MATCH,
        checks={"Notiz steht": "json.notes.startsWith('nimmt')"},
    ),
    Step(
        "Mit altem Stand ändern geht nicht",
        "PATCH /api/v2/therapists/{{therapist_id}}",
        {"notes": "überholt"},
        412,
        PROBLEM,
        headers=_IF_MATCH,
        checks={"stale": "json.type === '/problems/stale'"},
    ),
    _patient("Erste", "Anna", "patient_id"),
    _patient("Zweite", "Berta", "second_patient_id"),
    _patient("Dritte", "Clara", "third_patient_id"),
    Step(
        "Patientin lesen",
        "GET /api/v2/patients/{{patient_id}}",
        checks={"Anna": "json.vorname === 'Anna'"},
        saves=_TAG,
    ),
    Step(
        "Patientin ändern",
        "PATCH /api/v2/patients/{{patient_id}}",
        {"einwilligung_datenweitergabe_am": "{{today}}"},
        headers=_IF_MATCH,
    ),
    _search("Erste", "patient_id", "search_id"),
    _search("Zweite", "second_patient_id", "second_search_id"),
    _search("Dritte", "third_patient_id", "third_search_id"),
    Step(
        "Zweimal suchen geht nicht",
        f"POST {_SEARCHES}",
        {"patient_id": "{{patient_id}}"},
        409,
        PROBLEM,
        checks={
            "die Suche ist genannt": "json.search_id === "
            "Number(pm.collectionVariables.get('search_id'))"
        },
    ),
    Step(
        "Die Therapeutin kommt infrage",
        f"GET {_SEARCHES}/{{{{search_id}}}}/eligible-therapists",
        query={"therapist_id": "{{therapist_id}}"},
        until="json.data.length === 1 && json.data[0].eligible",
        checks={"ohne Hindernis": "json.data[0].eligible"},
    ),
    Step(
        "Bündel vorschlagen",
        "POST /api/v2/therapist-bundles/preview",
        {"therapist_ids": ["{{therapist_id}}"], "pinned": _WANTED},
        checks={
            "ein Bündel": "json.bundles.length === 1",
            "von mindestens dreien": "json.bundles[0].patients.length >= 3",
        },
        saves={"plan": "json.plan_id"},
    ),
    Step(
        "Genau dieses Bündel anlegen",
        "POST /api/v2/therapist-bundles/create",
        {"plan_id": "{{plan}}"},
        201,
        headers=_ONCE,
        checks={"ein Entwurf": "json.bundles[0].state === 'draft'"},
        saves={"bundle_id": "json.bundles[0].id"},
    ),
    Step(
        "Den Brief ansehen",
        "GET /api/v2/letters/{{bundle_id}}",
        checks={"ohne Namen": "!JSON.stringify(json).includes('Anna')"},
    ),
    Step(
        "Senden",
        f"POST {_BUNDLE}/send",
        status=202,
        checks={"unterwegs": "json.state === 'sending'"},
    ),
    Step(
        "Der Brief ist hinaus",
        f"GET {_BUNDLE}",
        until="json.state === 'sent'",
        checks={"gesendet": "json.state === 'sent'"},
        saves={"email_id": "json.email_id", "responses_json": _OUTCOMES},
    ),
    Step(
        "Eine halbe Antwort zählt nicht",
        f"PUT {_BUNDLE}/response",
        {
            "responses": [{"search_id": "{{search_id}}", "outcome": "accepted"}],
            "channel": "phone",
        },
        422,
        PROBLEM,
        checks={"wer fehlt, ist genannt": "json.missing.length >= 2"},
    ),
    Step(
        "Die Antwort erfassen",
        f"PUT {_BUNDLE}/response",
        _THE_ANSWER,
        checks={
            "eine Zusage": "json.bundle.accepted_count === 1",
            "kein Konflikt": "json.conflicts.length === 0",
        },
    ),
    Step(
        "Dieselbe Antwort noch einmal ändert nichts",
        f"PUT {_BUNDLE}/response",
        _THE_ANSWER,
        checks={"beantwortet": "json.bundle.state === 'answered'"},
    ),
    Step(
        "Die Platzsuche ist in Probesitzungen",
        f"GET {_SEARCHES}/{{{{search_id}}}}",
        checks={"in_sessions": "json.status === 'in_sessions'"},
    ),
    Step(
        "Die Praxis hat Ruhe",
        "POST /api/v2/staff/manual-assignment",
        {
            "therapist_id": "{{therapist_id}}",
            "search_id": "{{second_search_id}}",
            "reason": "Rundgang",
        },
        409,
        PROBLEM,
        checks={"cooling-active": "json.type === '/problems/cooling-active'"},
    ),
    Step(
        "Mehr Kontakte anfordern",
        f"POST {_SEARCHES}/{{{{second_search_id}}}}/contact-requests",
        {"requested_count": 5},
        201,
        checks={"zehn im Ganzen": "json.total_requested_contacts === 10"},
    ),
    Step(
        "Die Therapie beginnt",
        f"POST {_SEARCHES}/{{{{search_id}}}}/transitions",
        {
            "to": "successful",
            "first_meeting_on": "{{today}}",
            "sessions_held": 2,
            "therapy_starts_on": "{{today}}",
            "patient_continues": True,
        },
        checks={"erfolgreich": "json.status === 'successful'"},
    ),
    Step(
        "Die Patientin ist in Therapie",
        "GET /api/v2/patients/{{patient_id}}",
        until="json.status === 'in Therapie'",
        checks={"in Therapie": "json.status === 'in Therapie'"},
    ),
    Step(
        "Eine alte Platzanfrage anlegen",
        "POST /api/v1/placement-requests",
        {"patient_id": "{{third_patient_id}}", "therapist_id": "{{therapist_id}}"},
        201,
        checks={"offen": "json.status === 'offen'"},
        saves={"request_id": "json.id"},
    ),
    Step(
        "Eine alte Platzanfrage ändern",
        "PUT /api/v1/placement-requests/{{request_id}}",
        {"status": "in_bearbeitung", "email_contact_date": "{{today}}"},
        checks={"abgekündigt": "pm.response.headers.has('Deprecation')"},
    ),
    Step(
        "Eine alte Mail schreiben",
        "POST /api/v1/emails",
        {
            "therapist_id": "{{therapist_id}}",
            "subject": "Eine Person sucht einen Platz",
            "body_html": "<p>Haben Sie einen Platz frei?</p>",
            "recipient_email": "{{therapist_email}}",
            "recipient_name": "Praxis",
        },
        201,
        checks={"ein Entwurf": "json.status === 'DRAFT'"},
        saves={"v1_email_id": "json.id"},
    ),
    Step(
        "Die Platzanfrage in die alte Mail aufnehmen",
        "POST /api/v1/emails/{{v1_email_id}}/batches",
        {"placement_request_id": "{{request_id}}"},
        201,
        checks={"gehört dazu": "json.included"},
        saves={"email_batch_id": "json.id"},
    ),
    Step(
        "Der Praxis von Hand schreiben",
        "POST /api/v2/emails",
        {
            "therapist_id": "{{therapist_id}}",
            "subject": "Unser Gespräch",
            "text": "vielen Dank für Ihre Zeit.\n\nDie Unterlagen folgen per Post.",
        },
        201,
        headers=_ONCE,
        checks={
            "ein Entwurf": "json.state === 'DRAFT'",
            "mit Anrede": "json.body_text.startsWith('Sehr geehrte Frau Rundgang')",
        },
        saves={"written_email_id": "json.id"},
    ),
)

CLEARING_UP = (
    Step(
        "Entwurf verwerfen",
        "DELETE /api/v2/emails/{{written_email_id}}",
        status=204,
        content=None,
    ),
    Step(
        "Die alte Mail verwerfen",
        "DELETE /api/v2/emails/{{v1_email_id}}",
        status=204,
        content=None,
    ),
    Step(
        "Platzanfrage löschen",
        "DELETE /api/v1/placement-requests/{{request_id}}",
    ),
    _give_up("Zweite", "second_search_id"),
    _give_up("Dritte", "third_search_id"),
    Step(
        "Patientin löschen",
        "DELETE /api/v2/patients/{{second_patient_id}}",
        status=204,
        content=None,
    ),
    Step(
        "Gelöscht ist gelöscht",
        "GET /api/v2/patients/{{second_patient_id}}",
        status=404,
        content=PROBLEM,
    ),
)
