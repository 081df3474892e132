"""Complete records of patients and therapists, with names as people really have them.

The fields are written down here a second time, not taken from the schemas.
"""

import datetime as dt
from typing import Any

from hypothesis import strategies as st

Record = dict[str, Any]

_SYLLABLES = [
    *("Anna", "ö", "ß", "É", "ç", "Ł", "ş", "Null", "O'", "d’", "´", "`", "-", ".", ", ", " "),
    *("e\N{COMBINING ACUTE ACCENT}", "u\N{COMBINING DIAERESIS}"),
    *("אב", "בן־דוד", "محمد", "حْ", "\N{RIGHT-TO-LEFT MARK}"),
    *("\N{SUNFLOWER}", "\N{WOMAN}\N{ZERO WIDTH JOINER}⚕\N{VARIATION SELECTOR-16}"),
]
_HOURS = [f"{hour:02}:{minute:02}" for hour in range(6, 22) for minute in (0, 10, 30)]
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

texts = (
    st.lists(st.sampled_from(_SYLLABLES), min_size=1, max_size=6)
    .map("".join)
    .filter(lambda text: text == text.strip())
)
births = st.dates(dt.date(1930, 1, 1), dt.date(1959, 12, 31)).map(str)
days = st.dates(dt.date(1960, 1, 1), dt.date(2026, 10, 31)).map(str)
flags = st.booleans()
diagnoses = st.sampled_from(["F32", "F32.1", "F41.1", "F43.2", "F50"])
genders = st.sampled_from(["männlich", "weiblich", "divers", "keine_Angabe"])
postcodes = st.sampled_from(["01067", "52062", "10115", "99999"])
phones = st.sampled_from(["+49 241 123456", "0241/12 34 56", "0170 1234567"])
mails = st.sampled_from(["erika@example.org", "j.o'neill+post@praxis.example"])
languages = st.lists(st.sampled_from(["Türkisch", "Arabisch", "Gebärdensprache"]), unique=True)
schedules = st.dictionaries(
    st.sampled_from(_WEEK),
    st.lists(st.sampled_from(_HOURS), min_size=4, max_size=4, unique=True)
    .map(sorted)
    .map(lambda at: [{"start": at[0], "end": at[1]}, {"start": at[2], "end": at[3]}]),
    min_size=1,
)


def _or_null(fields: dict[str, "st.SearchStrategy[Any]"]) -> dict[str, "st.SearchStrategy[Any]"]:
    return {name: st.none() | strategy for name, strategy in fields.items()}


_PATIENT = {
    "vorname": texts,
    "nachname": texts,
    "vertraege_unterschrieben": flags,
    "psychotherapeutische_sprechstunde": flags,
    "offen_fuer_diga": flags,
    "stationaere_behandlung": flags,
    "nur_gruppentherapie": flags,
    "offen_fuer_gruppentherapie": flags,
    "ausgeschlossene_therapeuten": st.lists(st.integers(1, 2**31 - 1), unique=True, max_size=3),
    "bevorzugte_sprachen": languages,
    "bevorzugtes_therapieverfahren": st.sampled_from(
        [
            "Verhaltenstherapie",
            "Tiefenpsychologisch fundierte Psychotherapie",
            "Analytische Psychotherapie",
            "Systemische Therapie",
            "Egal",
        ]
    ),
    "status": st.sampled_from(
        [
            "offen",
            "auf der Suche",
            "in Therapie",
            "Therapie abgeschlossen",
            "Suche abgebrochen",
            "Therapie abgebrochen",
        ]
    ),
    **_or_null(
        {
            "anrede": texts,
            "strasse": texts,
            "plz": postcodes,
            "ort": texts,
            "email": mails,
            "telefon": phones,
            "hausarzt": texts,
            "krankenkasse": texts,
            "krankenversicherungsnummer": texts,
            "geburtsdatum": births,
            "diagnose": diagnoses,
            "startdatum": days,
            "erster_therapieplatz_am": days,
            "funktionierender_therapieplatz_am": days,
            "empfehler_der_unterstuetzung": texts,
            "zeitliche_verfuegbarkeit": schedules,
            "raeumliche_verfuegbarkeit": st.fixed_dictionaries({"max_km": st.integers(1, 200)}),
            "verkehrsmittel": st.sampled_from(["Auto", "ÖPNV"]),
            "letzter_kontakt": days,
            "psychotherapieerfahrung": flags,
            "berufliche_situation": texts,
            "familienstand": texts,
            "aktuelle_psychische_beschwerden": texts,
            "beschwerden_seit": days,
            "bisherige_behandlungen": texts,
            "relevante_koerperliche_erkrankungen": texts,
            "aktuelle_medikation": texts,
            "aktuelle_belastungsfaktoren": texts,
            "unterstuetzungssysteme": texts,
            "anlass_fuer_die_therapiesuche": texts,
            "erwartungen_an_die_therapie": texts,
            "therapieziele": texts,
            "fruehere_therapieerfahrungen": texts,
            "bevorzugtes_therapeutengeschlecht": st.sampled_from(["Männlich", "Weiblich", "Egal"]),
            "geschlecht": genders,
            "versicherungsart": st.sampled_from(
                ["gesetzlich", "privat", "selbstzahler", "kostenerstattung"]
            ),
            "letzte_therapie_ende": days,
            "einwilligung_datenweitergabe_am": days,
            "source": texts,
            "external_id": texts,
        }
    ),
}

_THERAPIST = {
    "vorname": texts,
    "nachname": texts,
    "fremdsprachen": languages,
    "psychotherapieverfahren": st.lists(
        st.sampled_from(["Verhaltenstherapie", "Systemische Therapie"]), unique=True
    ),
    "potentially_available": flags,
    "status": st.sampled_from(["aktiv", "gesperrt", "inaktiv"]),
    "sperrdatum": days,
    **_or_null(
        {
            "anrede": texts,
            "titel": texts,
            "strasse": texts,
            "plz": postcodes,
            "ort": texts,
            "telefon": phones,
            "fax": phones,
            "email": mails,
            "webseite": st.just("https://praxis.example/über-uns"),
            "kassensitz": flags,
            "geschlecht": genders,
            "telefonische_erreichbarkeit": schedules,
            "zusatzqualifikationen": texts,
            "besondere_leistungsangebote": texts,
            "letzter_kontakt_email": days,
            "letzter_kontakt_telefon": days,
            "letztes_persoenliches_gespraech": days,
            "freie_einzeltherapieplaetze_ab": days,
            "freie_gruppentherapieplaetze_ab": days,
            "potentially_available_notes": texts,
            "sperrgrund": texts,
            "altersgruppe": st.sampled_from(["erwachsene", "kinder_jugendliche", "beide"]),
            "kontakt_wieder_ab": days,
            "kein_kontakt": st.fixed_dictionaries(
                {"date": days, "channel": st.sampled_from(["email", "phone"])}
            ),
            "source": texts,
            "external_id": texts,
            "notes": texts,
            "preferred_diagnoses": st.lists(diagnoses, unique=True),
            "age_min": st.integers(0, 40),
            "age_max": st.integers(41, 99),
            "gender_preference": st.sampled_from(["male", "female", "any"]),
            "group_therapy_preference": flags,
            "working_hours": schedules,
        }
    ),
}

patients: "st.SearchStrategy[Record]" = st.fixed_dictionaries(_PATIENT)
therapists: "st.SearchStrategy[Record]" = st.fixed_dictionaries(_THERAPIST)
