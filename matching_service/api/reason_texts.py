"""German sentences beside the codes of the domain, for staff to read. Programs decide by codes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

Detail = Mapping[str, Any]

REASONS: dict[str, str] = {
    # the therapist, whoever the patients are
    "blocked": "Der Therapeut ist {status}.",
    "opted_out": "Der Therapeut hat Kontakten widersprochen.",
    "later": "Erst ab {until} wieder ansprechbar.",
    "cooling": "Abkühlungsphase bis {until}.",
    "open_inquiry": "Bei dieser Praxis ist schon eine Anfrage offen.",
    "same_mailbox": "Die Praxis wird schon über Therapeut {therapist_id} gefragt.",
    "no_channel": "Weder E-Mail noch Telefon bekannt.",
    # the search, whoever the therapist is
    "search_not_active": "Die Platzsuche ist {status}.",
    "budget_used": "Alle Kontakte der Platzsuche sind verbraucht.",
    # the pair
    "too_far": "Zu weit entfernt ({distance_km} km, Grenze {limit_km} km).",
    "place_unknown": "Der Ort ist nicht bekannt.",
    "place_too_vague": (
        "Der Ort ist zu ungenau bekannt ({distance_km} km geschätzt, Grenze {limit_km} km)."
    ),
    "excluded": "Ausgeschlossen ({by}).",
    "gender": "Gewünscht ist {wish}, der Therapeut ist {therapist}.",
    "procedure": "Gewünscht ist {wish}, angeboten wird {offered}.",
    "insurance": "Ohne Kassensitz nicht für Versicherungsart {versicherungsart}.",
    "age_group": "Der Patient ist {age}, behandelt werden {altersgruppe}.",
    "language": "Gewünscht ist {wish}, gesprochen wird {spoken}.",
    # preferences
    "availability": "Keine gemeinsame freie Zeit.",
    "diagnosis": "Bevorzugt werden andere Diagnosen ({preferred}) als {diagnose}.",
    "age": "Der Patient ist {age}, bevorzugt werden Patienten {ages}.",
    "gender_preference": "Bevorzugt wird {wish}, der Patient ist {patient}.",
    "group": "Gruppentherapie: Angebot und Wunsch passen nicht zusammen.",
    # a wave
    "too_few_candidates": "Nur {candidates} passende Patienten, nötig sind {needed}.",
    "max_bundles": "Die gewünschte Zahl von {max_bundles} Bündeln ist erreicht.",
    "no_room": "Kein Platz mehr im Bündel.",
    "no_eligible_therapist": "Kein Therapeut kommt in Frage.",
    "changed_meanwhile": "Hat sich inzwischen geändert.",
    "not_found": "Nicht gefunden.",
}
NEEDS: dict[str, str] = {
    "date": "Warten bis {value}.",
    "patient.availability": "Mehr freie Zeiten des Patienten.",
    "patient.excluded_therapists": "Ausschluss beim Patienten entfernen.",
    "patient.group_ok": "Der Patient ist offen für Gruppentherapie.",
    "patient.max_km": "Umkreis von {value} km.",
    "patient.therapist_gender_preference": "Ohne Wunsch nach dem Geschlecht.",
    "patient.verfahren": "Ohne Wunsch nach dem Verfahren.",
    "search.contact_requests": "Eine weitere Kontaktanfrage.",
    "search.excluded_therapists": "Ausschluss aus der Platzsuche entfernen.",
    "search.status": "Die Platzsuche fortsetzen.",
    "therapist": "E-Mail oder Telefon des Therapeuten.",
    "therapist.altersgruppe": "Altersgruppe {value} beim Therapeuten.",
    "therapist.kassensitz": "Kassensitz des Therapeuten oder ein anderer Kostenträger.",
    "therapist.sprachen": "Ein Therapeut, der {value} spricht.",
    "therapist.status": "Der Therapeut ist wieder {value}.",
}
FIELDS: dict[str, str] = {
    "exact place": "der genaue Ort",
    "patient.availability": "freie Zeiten des Patienten",
    "patient.diagnose": "Diagnose des Patienten",
    "patient.geburtsdatum": "Geburtsdatum des Patienten",
    "patient.geschlecht": "Geschlecht des Patienten",
    "patient.group_ok": "ob der Patient für Gruppen offen ist",
    "patient.place": "Wohnort des Patienten",
    "patient.therapist_gender_preference": "gewünschtes Geschlecht des Therapeuten",
    "patient.versicherungsart": "Versicherungsart des Patienten",
    "therapist.altersgruppe": "Altersgruppe des Therapeuten",
    "therapist.gender_preference": "bevorzugtes Geschlecht der Patienten",
    "therapist.geschlecht": "Geschlecht des Therapeuten",
    "therapist.group_therapy_preference": "ob der Therapeut Gruppen anbietet",
    "therapist.kassensitz": "Kassensitz des Therapeuten",
    "therapist.place": "Ort der Praxis",
    "therapist.preferred_diagnoses": "bevorzugte Diagnosen des Therapeuten",
    "therapist.sprachen": "Sprachen des Therapeuten",
    "therapist.verfahren": "Verfahren des Therapeuten",
    "therapist.working_hours": "Arbeitszeiten des Therapeuten",
}
_UNCHANGEABLE = {
    "opted_out": "Nur der Therapeut selbst kann den Widerspruch zurücknehmen.",
    "open_inquiry": "Die offene Anfrage muss erst beantwortet oder geschlossen sein.",
}
_WORDS = {
    "male": "männlich",
    "female": "weiblich",
    "search": "für diese Platzsuche",
    "patient": "vom Patienten",
    "order": "für diesen Auftrag",
    "paused": "pausiert",
    "in_sessions": "in Probesitzungen",
    "successful": "abgeschlossen",
    "abandoned": "beendet",
    "kinder_jugendliche": "Kinder und Jugendliche",
    "erwachsene": "Erwachsene",
    "beide": "alle",
}


def reason_text(code: str, detail: Detail) -> str:
    """Why not, or what is less than wished for. A detail without the facts says "unbekannt"."""
    missing = detail.get("missing")
    if missing and code != "place_too_vague":
        return f"Nicht bekannt: {', '.join(_label(one) for one in missing)}."
    return REASONS[code].format_map(_Facts(detail)) if code in REASONS else code


def need_text(code: str, detail: Detail) -> str:
    """What would have to change."""
    if known := detail.get("known"):
        return f"Bekannt sein muss: {', '.join(_label(one) for one in known)}."
    wanted = [NEEDS[name].format(value=_word(detail[name])) for name in detail if name in NEEDS]
    return " ".join(wanted) or _UNCHANGEABLE.get(code, "Hier lässt sich nichts ändern.")


def _label(field: str) -> str:
    return FIELDS.get(field, field)


def _word(value: Any) -> str:
    match value:
        case None:
            return "unbekannt"
        case list() | tuple():
            return " oder ".join(_word(one) for one in value)
        case float():
            return f"{value:.1f}".replace(".", ",")
        case str():
            return _WORDS.get(value) or _day(value)
    return str(value)


def _day(text: str) -> str:
    """A date as people write it; any other text stays."""
    try:
        return date.fromisoformat(text).strftime("%d.%m.%Y")
    except ValueError:
        return text


class _Facts(dict[str, str]):
    def __init__(self, detail: Detail) -> None:
        super().__init__({name: _word(value) for name, value in detail.items()})
        limits = (("ab", self.get("age_min")), ("bis", self.get("age_max")))
        if ages := [f"{word} {age}" for word, age in limits if age not in (None, _word(None))]:
            self["ages"] = " ".join(ages)

    def __missing__(self, name: str) -> str:
        return _word(None)
