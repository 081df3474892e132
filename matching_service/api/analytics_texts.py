"""What each number means, and what groups are called, in words for staff."""

DEFINITIONS = {
    # bundle-efficiency
    "acceptance_rate": "Zusagen geteilt durch Antworten zu einzelnen Patienten, die im Zeitraum"
    " eingingen (Ziel: über 20 %). Antworten auf Platzanfragen (v1) zählen hier nicht.",
    "accepted_per_bundle": "Zusagen je beantwortetem Bündel; es zählt der Tag der Antwort.",
    "conflict_rate": "Anteil der Zusagen im Zeitraum, die auf einen schon vergebenen Patienten"
    " trafen und so zu einem Konflikt wurden.",
    "placed_per_inquiry": "Zusagen, die dem Patienten den Platz gaben, je im Zeitraum versandter"
    " Therapeutenanfrage.",
    "answered_within_7_days": "Anteil der im Zeitraum versandten Bündel, die binnen sieben Tagen"
    " beantwortet wurden. Was noch keine sieben Tage zurückliegt oder vorher geschlossen wurde,"
    " zählt nicht.",
    "answered_within_7_days_v1": "Anteil der Platzanfragen (v1) mit einem Kontakt im Zeitraum, die"
    " binnen sieben Tagen nach dem ersten Kontakt beantwortet wurden. Ohne bekannten Tag der"
    " Antwort zählt eine Platzanfrage nicht.",
    "size_exceptions": "Anteil der im Zeitraum versandten Bündel, deren Größe eine begründete"
    " Ausnahme ist.",
    "multiple_acceptances": "Anteil der Platzsuchen mit erster Zusage im Zeitraum, denen mehr als"
    " ein Therapeut zugesagt hat.",
    "show_rate": "Anteil der Zusagen im Zeitraum, nach denen das Erstgespräch stattfand. Zusagen,"
    " die jünger als 14 Tage sind und noch kein Erstgespräch hatten, und zurückgenommene zählen"
    " nicht.",
    "creation_success": "Angelegte Bündel geteilt durch die Therapeuten, für die im Zeitraum Bündel"
    " verlangt waren.",
    "skipped": "Anteil der verlangten Therapeuten, die aus diesem Grund kein Bündel bekamen.",
    "parallel_inquiries": "Offene Anfragen je Patient, der wenigstens eine hat, im Mittel über die"
    " Abende des Zeitraums.",
    "staff_actions_per_placement": "Einträge von Menschen in den Verläufen der Platzsuchen geteilt"
    " durch die erfolgreichen Abschlüsse desselben Zeitraums.",
    "cooling_violations": "Kontakte des Zeitraums in einer Abkühlungsphase oder Ruhezeit, aus"
    " Zeiten und Daten nachgerechnet; der Nenner sind alle unaufgeforderten Kontakte.",
    # therapist-preferences
    "preferences.acceptance_rate": "Zusagen geteilt durch alle Antworten zu einzelnen Patienten,"
    " die im Zeitraum eingingen, auch auf Platzanfragen (v1).",
    "refused_capacity": "Anteil der Antworten „kein Platz frei“.",
    "refused_not_suitable": "Anteil der Antworten „passt nicht“.",
    "refused_other": "Anteil der Absagen aus anderen oder nicht genannten Gründen.",
    # placement-times
    "mean_days": "Mittlere Wartezeit in Tagen bis zu diesem Ereignis, höchstens bis zum Horizont"
    " gezählt (Kaplan-Meier): Wer noch wartet oder aufgab, zählt so lange, wie er gewartet hat."
    " Zähler: eingetretene Ereignisse, Nenner: Platzsuchen, die im Zeitraum begannen.",
    "median_days": "Tage, nach denen das Ereignis bei der Hälfte eingetreten ist (Kaplan-Meier)."
    " Zähler: eingetretene Ereignisse, Nenner: Platzsuchen, die im Zeitraum begannen.",
    "horizon_days": "Bis zu wie vielen Tagen der Mittelwert zählt: 365, oder weniger, wenn noch"
    " niemand so lange beobachtet ist.",
    "events": "Platzsuchen, bei denen das Ereignis eingetreten ist.",
    "censored": "Platzsuchen ohne das Ereignis: Sie dauern an oder wurden vorher beendet.",
    "at_risk_at_horizon": "Platzsuchen, die am Horizont noch unter Beobachtung warteten.",
    "paused_days": "Tage, an denen eine Platzsuche ruhte, je Platzsuche; sie sind in der Wartezeit"
    " enthalten.",
    "still_waiting": "Anteil, der nach so vielen Tagen noch wartet (Kaplan-Meier). Zähler: noch"
    " unter Beobachtung, Nenner: Platzsuchen, die im Zeitraum begannen.",
}

_UNKNOWN = "nicht bekannt"
LABELS = {
    "channel": {"email": "E-Mail", "phone": "Telefon", "portal": "Antwortseite", "letter": "Brief"},
    "diagnosis": {
        "F0": "F00–F09 Organische Störungen",
        "F1": "F10–F19 Störungen durch Substanzen",
        "F2": "F20–F29 Schizophrenie und wahnhafte Störungen",
        "F3": "F30–F39 Affektive Störungen",
        "F4": "F40–F48 Neurotische, Belastungs- und somatoforme Störungen",
        "F5": "F50–F59 Verhaltensauffälligkeiten mit körperlichen Störungen",
        "F6": "F60–F69 Persönlichkeits- und Verhaltensstörungen",
        "F7": "F70–F79 Intelligenzstörung",
        "F8": "F80–F89 Entwicklungsstörungen",
        "F9": "F90–F99 Störungen mit Beginn in Kindheit und Jugend",
        "other": "außerhalb von F",
    },
    "gender": {"keine_Angabe": "keine Angabe"},
    "group": {
        "only": "nur Gruppentherapie",
        "also": "auch Gruppentherapie",
        "no": "keine Gruppentherapie",
    },
}


def label(by: str, key: str) -> str:
    if key == "unknown":
        return _UNKNOWN
    if by == "age":
        return f"{key.replace('-', ' bis ').replace('80+', 'ab 80')} Jahre"
    return LABELS.get(by, {}).get(key, key)
