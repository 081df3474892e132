"""Which problem each refusal about written mails becomes, and why a mail did not go out."""

from communication_service.use_cases.mail_errors import (
    EmailBatchNotFound,
    MailNotPossible,
    MailStale,
    WrongMailFields,
)
from shared.http.fields import Coded
from shared.http.problems import Problem, ProblemTable, validation_problem

_NOT_POSSIBLE = {
    "answered": "Eine Antwort wird nicht zurückgenommen.",
    "of_inquiry": "Diese Mail gehört zu einer Therapeutenanfrage; deren Antwort nimmt v2 entgegen.",
    "under_way": "Diese Mail ist hinaus oder unterwegs; weitere Anfragen gehören in eine neue.",
}
_WRONG = {
    "not_found": "Gibt es nicht.",
    "no_email": "Von dieser Praxis ist keine E-Mail-Adresse bekannt.",
    "other_address": "Ist nicht die Adresse, die wir kennen.",
    "other_therapist": "Gehört zu einem anderen Therapeuten.",
    "gives_away": "Nennt Name, Geburtstag, Anschrift oder Nummern eines angebotenen Patienten.",
    "twice": "Kommt mehrfach vor.",
    "too_many": "Eine Mail nimmt höchstens fünf Anfragen auf.",
    "required": "Pflichtfeld für diesen Schritt.",
    "not_sent": "Diese Mail ist nicht hinausgegangen.",
    "in_the_future": "Liegt in der Zukunft.",
    "before_the_mail": "Liegt vor der Mail.",
}
_NOT_SENT = {
    "cooling-active": "Die Praxis ist in der Abkühlungsphase, wieder möglich ab {evidence}.",
    "contact-too-soon": "Die Praxis hat erst kürzlich Post bekommen, wieder möglich ab {evidence}.",
    "not-found": "Die Vermittlung kennt diesen Therapeuten nicht.",
    "therapist_gone": "Diesen Therapeuten gibt es nicht mehr.",
    "no_email": _WRONG["no_email"],
    "unusable_address": "An die Adresse der Praxis lässt sich keine Mail senden.",
    "refused_by_mail_server": "Der Mailserver hat die Mail abgewiesen: {evidence}",
    "postponed_by_mail_server": "Der Mailserver nimmt die Mail noch nicht an: {evidence}",
    "mail_server_unreachable": "Der Mailserver ist nicht erreichbar.",
    "reply_lost": "Ob die Mail ankam, ist unbekannt.",
    "sender_died": "Der Versand brach ab.",
    "service_unavailable": "Vorübergehend nicht möglich; es wird weiter versucht.",
    "illegal-transition": "Die Praxis darf jetzt nicht angeschrieben werden ({evidence}).",
}
_WHY = {
    "revoked": "Die Praxis hat inzwischen geantwortet.",
    "cooling": "Die Praxis hat inzwischen geantwortet.",
    "expired": "Der Tag, für den die Mail erlaubt war, ist vorbei.",
    "moved": "Die Praxis hat inzwischen eine andere Adresse.",
    "blocked": "Die Praxis ist gesperrt.",
    "opted_out": "Die Praxis will nicht angeschrieben werden.",
    "later": "Die Praxis möchte erst später wieder gefragt werden.",
}


def why_not_sent(reason: str | None, evidence: str | None) -> str | None:
    """In a sentence, which names the day where there is one."""
    if reason is None:
        return None
    if reason == "illegal-transition" and evidence in _WHY:
        return _WHY[evidence]
    return _NOT_SENT.get(reason, reason).format(evidence=evidence or "unbekannt")


def _wrong_fields(error: WrongMailFields) -> Problem:
    coded = {field: [Coded(code, _WRONG[code])] for field, code in error.codes.items()}
    return validation_problem(coded)


MAIL_PROBLEMS: ProblemTable = {
    EmailBatchNotFound: lambda _: Problem("not-found", "Email batch not found"),
    MailNotPossible: lambda error: Problem(
        "illegal-transition", _NOT_POSSIBLE[error.reason], extra={"legal": []}
    ),
    MailStale: lambda _: Problem("stale", "Die Mail wurde inzwischen geändert."),
    WrongMailFields: _wrong_fields,
}
