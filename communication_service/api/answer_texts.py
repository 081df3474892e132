"""What the practices' pages say, in German."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from communication_service.domain.answer_form import LONGEST_NOTES, FormError
from communication_service.domain.answer_page import AskedPatient, Outcome, RowStatus, Standing

MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September"),
    *("Oktober", "November", "Dezember"),
)
CHOICES: Mapping[Outcome, str] = {
    Outcome.ACCEPTED: "Ja, ich biete einen Platz an",
    Outcome.REJECTED_CAPACITY: "Nein, zurzeit kein Platz frei",
    Outcome.REJECTED_NOT_SUITABLE: "Nein, passt nicht zu meiner Praxis",
    Outcome.REJECTED_OTHER: "Nein, aus einem anderen Grund",
}
NOT_CHANGED_HERE = "Auf dieser Seite lässt sich eine gesendete Antwort nicht mehr ändern."


@dataclass(frozen=True)
class Message:
    """`invitation`: the page says how to reach us."""

    title: str
    paragraphs: tuple[str, ...]
    invitation: bool = True


@dataclass(frozen=True)
class Notice:
    title: str
    text: str


CHANGED_MEANWHILE = Notice(
    "Die Anfrage hat sich gerade geändert",
    "Es ist noch nichts gespeichert. Bitte sehen Sie Ihre Angaben noch einmal durch"
    " und senden Sie sie erneut.",
)
TRY_AGAIN = Notice(
    "Ihre Antwort ist noch nicht gespeichert",
    "Wir können sie gerade nicht entgegennehmen. Ihre Eingaben stehen unten:"
    " Bitte senden Sie sie in einigen Minuten noch einmal.",
)

OPTED_OUT = Message(
    "Sie erhalten keine Anfragen mehr",
    (
        "Ihr Wunsch ist notiert. Wir senden Ihnen keine Anfragen mehr und rufen Sie nicht mehr an.",
        "Sollten Sie es sich anders überlegen, freuen wir uns über eine Nachricht.",
    ),
)
_STILL_A_PLACE = "Wenn Sie doch jemanden aufnehmen können, freuen wir uns sehr."

STANDINGS: Mapping[Standing, tuple[int, Message]] = {
    Standing.UNKNOWN: (
        404,
        Message(
            "Diesen Link kennen wir nicht",
            (
                "Vielleicht ist beim Kopieren etwas verloren gegangen.",
                "Bitte öffnen Sie den Link noch einmal aus unserer E-Mail.",
            ),
        ),
    ),
    Standing.EXPIRED: (
        410,
        Message(
            "Dieser Link ist abgelaufen", ("Die Anfrage liegt zu lange zurück.", _STILL_A_PLACE)
        ),
    ),
    Standing.CLOSED: (
        410,
        Message(
            "Diese Anfrage ist abgeschlossen",
            ("Zu dieser Anfrage ist keine Antwort mehr nötig.", _STILL_A_PLACE),
        ),
    ),
    Standing.CANCELLED: (
        410,
        Message(
            "Diese Anfrage wurde zurückgezogen", ("Es ist keine Antwort nötig.", _STILL_A_PLACE)
        ),
    ),
    Standing.NOT_SENT: (
        409,
        Message(
            "Diese Anfrage ist noch nicht versandt",
            ("Sobald sie versandt ist, kann sie hier beantwortet werden.",),
        ),
    ),
    Standing.MOVED: (
        410,
        Message(
            "Dieser Link gilt nicht mehr",
            ("Ihre Kontaktdaten haben sich seit unserer E-Mail geändert.", _STILL_A_PLACE),
        ),
    ),
    Standing.OPTED_OUT: (410, OPTED_OUT),
    Standing.GONE: (
        410,
        Message("Dieser Link gilt nicht mehr", ("Hier ist keine Antwort mehr möglich.",)),
    ),
}

PROBLEMS: Mapping[int, Message] = {
    404: STANDINGS[Standing.UNKNOWN][1],
    405: Message("Das geht hier nicht", ("Bitte öffnen Sie den Link aus unserer E-Mail.",)),
    400: Message(
        "Das konnten wir nicht lesen",
        ("Es wurde nichts gespeichert. Bitte öffnen Sie den Link aus unserer E-Mail noch einmal.",),
    ),
    413: Message(
        "Das war zu viel Text",
        ("Es wurde nichts gespeichert. Bitte kürzen Sie Ihre Bemerkungen.",),
    ),
    415: Message(
        "Das konnten wir nicht lesen",
        ("Es wurde nichts gespeichert. Bitte benutzen Sie das Formular auf unserer Seite.",),
    ),
    429: Message(
        "Zu viele Aufrufe",
        ("Bitte warten Sie eine Minute und laden Sie die Seite dann neu.",),
    ),
    500: Message(
        "Hier ist etwas schiefgegangen",
        ("Das liegt an uns. Bitte versuchen Sie es später noch einmal.",),
    ),
    503: Message(
        "Die Seite ist gerade nicht erreichbar",
        (
            "Es wurde nichts gespeichert.",
            "Bitte versuchen Sie es in einigen Minuten noch einmal.",
        ),
    ),
}

_ERRORS: Mapping[str, str] = {
    "required": "Bitte wählen Sie eine Antwort.",
    "unknown_value": "Bitte wählen Sie eine der vier Antworten.",
    "too_long": f"Die Bemerkung darf höchstens {LONGEST_NOTES} Zeichen haben.",
    "wrong_format": "Wieder fragen ab: Bitte nennen Sie einen Tag wie 01.03.2027.",
    "not_ahead": "Wieder fragen ab: Der Tag muss in der Zukunft liegen.",
    "too_far_ahead": "Wieder fragen ab: Der Tag darf höchstens drei Jahre entfernt sein.",
}
_ANSWERS: Mapping[Outcome, str] = {
    Outcome.ACCEPTED: "Zusage",
    Outcome.REJECTED_CAPACITY: "Absage: zurzeit kein Platz frei",
    Outcome.REJECTED_NOT_SUITABLE: "Absage: passt nicht zur Praxis",
    Outcome.REJECTED_OTHER: "Absage: anderer Grund",
}


def reach_us(phone: str) -> str:
    return f"Rufen Sie uns an: {phone}" if phone else "Antworten Sie einfach auf unsere E-Mail"


def error_text(error: FormError) -> str:
    """Names the person, for it is read apart from the field as well."""
    _, _, letter = error.field.rpartition("_")
    about = f"Person {letter}: " if len(letter) == 1 else ""
    return about + _ERRORS[error.code]


def answer_text(patient: AskedPatient) -> str:
    if patient.outcome is None:
        return "nicht mehr verfügbar: inzwischen versorgt oder nicht mehr auf der Suche"
    if patient.status is RowStatus.CONFLICT:
        return "Zusage – die Person hat inzwischen vielleicht schon einen Platz, wir melden uns"
    return _ANSWERS[patient.outcome]


def what_comes_next(patients: Iterable[AskedPatient], quiet_until: date | None) -> tuple[str, ...]:
    outcomes = {(patient.outcome, patient.status) for patient in patients}
    taken = (Outcome.ACCEPTED, RowStatus.ACCEPTED) in outcomes
    late = (Outcome.ACCEPTED, RowStatus.CONFLICT) in outcomes
    return (
        *((_NAMES_FOLLOW,) if taken else ()),
        *((_WE_CALL,) if late else ()),
        *((_quiet(quiet_until),) if quiet_until else ()),
    )


_NAMES_FOLLOW = (
    "Namen und Kontaktdaten nennen wir Ihnen, sobald die Einwilligung zur Weitergabe vorliegt."
)
_WE_CALL = (
    "Wo jemand inzwischen vielleicht schon einen Platz hat, melden wir uns bei Ihnen,"
    " bevor Sie etwas unternehmen müssen."
)


def _quiet(until: date) -> str:
    return f"Vor dem {long_day(until)} senden wir Ihnen keine neue Anfrage."


def long_day(day: date) -> str:
    return f"{day.day}. {MONTHS[day.month - 1]} {day.year}"


def short_day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
