"""Every field of a patient is checked; whatever is wrong is named, and nothing is written."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient

ANNA = {"vorname": "Anna", "nachname": "Berg", "geburtsdatum": "1990-02-28"}

# What comes beside a good patient, and the faults that are named: all of them, at once.
REFUSED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"nachname": None}, [("nachname", "null")]),
    ({"vorname": "   "}, [("vorname", "wrong_length")]),
    ({"vorname": "\u200b\u2060"}, [("vorname", "blank")]),
    ({"vorname": "x" * 101}, [("vorname", "wrong_length")]),
    ({"vorname": "A\u0000"}, [("vorname", "unstorable")]),
    ({"plz": "5206"}, [("plz", "wrong_format")]),
    ({"plz": 52062}, [("plz", "wrong_type")]),
    ({"email": "anna@"}, [("email", "wrong_format")]),
    ({"telefon": "abends"}, [("telefon", "wrong_format")]),
    ({"diagnose": "traurig"}, [("diagnose", "wrong_format")]),
    ({"vertraege_unterschrieben": "false"}, [("vertraege_unterschrieben", "wrong_type")]),
    ({"geburtsdatum": "2999-01-01"}, [("geburtsdatum", "out_of_range")]),
    ({"geburtsdatum": "2199-01-01"}, [("geburtsdatum", "in_the_future")]),
    ({"geburtsdatum": "1900-01-01"}, [("geburtsdatum", "too_long_ago")]),
    ({"letzter_kontakt": "2199-01-01"}, [("letzter_kontakt", "in_the_future")]),
    (
        {"einwilligung_datenweitergabe_am": "2199-01-01"},
        [("einwilligung_datenweitergabe_am", "in_the_future")],
    ),
    ({"beschwerden_seit": "1989-12-31"}, [("beschwerden_seit", "before_birth")]),
    ({"erster_therapieplatz_am": "1989-12-31"}, [("erster_therapieplatz_am", "before_birth")]),
    ({"letzte_therapie_ende": "2026-02-30"}, [("letzte_therapie_ende", "wrong_format")]),
    (
        {"ausgeschlossene_therapeuten": [1, "x"]},
        [("ausgeschlossene_therapeuten[1]", "wrong_type")],
    ),
    ({"status": "irgendwas"}, [("status", "unknown_value")]),
    ({"lieblingsfarbe": "blau"}, [("lieblingsfarbe", "unknown_field")]),
    (
        {"raeumliche_verfuegbarkeit": {"max_km": 0}},
        [("raeumliche_verfuegbarkeit.max_km", "out_of_range")],
    ),
    (
        {"zeitliche_verfuegbarkeit": {"montag": ["12:00-09:00"]}},
        [("zeitliche_verfuegbarkeit.montag[0].end", "end_not_after_start")],
    ),
    (
        {
            "nachname": "\u200b",
            "letzter_kontakt": "2199-01-01",
            "startdatum": "1900-01-01",
            "verkehrsmittel": "Auto",
            "travel_mode": "transit",
        },
        [
            ("verkehrsmittel", "alias_conflict"),
            ("travel_mode", "alias_conflict"),
            ("nachname", "blank"),
            ("letzter_kontakt", "in_the_future"),
            ("startdatum", "before_birth"),
        ],
    ),
]


def test_whatever_is_wrong_is_named_at_once_and_nothing_is_written(api: FlaskClient) -> None:
    answers = [api.post("/api/v2/patients", json={**ANNA, **body}) for body, _ in REFUSED]
    named = [
        [(e["field"], e["code"]) for e in (answer.json or {}).get("errors", [])]
        for answer in answers
    ]

    assert list(zip(REFUSED, named, strict=True)) == [(row, row[1]) for row in REFUSED]
    assert {answer.status_code for answer in answers} == {422}
    assert {answer.content_type for answer in answers} == {"application/problem+json"}
    assert (api.get("/api/v2/patients").json or {})["total"] == 0


def test_v1_names_them_in_its_sentence(api: FlaskClient) -> None:
    answers = [api.post("/api/v1/patients", json={**ANNA, **body}) for body, _ in REFUSED]

    assert {answer.status_code for answer in answers} == {400}
    for (_, faults), answer in zip(REFUSED, answers, strict=True):
        assert all(field in (answer.json or {})["message"] for field, _ in faults)


def test_today_is_the_day_in_berlin(api: FlaskClient) -> None:
    today = datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")).date()

    born_today = api.post("/api/v2/patients", json={**ANNA, "geburtsdatum": str(today)})
    unborn = api.post(
        "/api/v2/patients", json={**ANNA, "geburtsdatum": str(today + timedelta(days=1))}
    )

    assert (born_today.status_code, unborn.status_code) == (201, 422)


def test_a_birth_date_is_held_against_what_is_stored_already(api: FlaskClient) -> None:
    anna = {**ANNA, "beschwerden_seit": "1995-01-01"}
    path = f"/api/v1/patients/{(api.post('/api/v2/patients', json=anna).json or {})['id']}"

    too_late = api.put(path, json={"geburtsdatum": "1996-01-01"})
    both = api.put(path, json={"geburtsdatum": "1996-01-01", "beschwerden_seit": "2000-01-01"})

    assert (too_late.status_code, both.status_code) == (400, 200)
    assert "beschwerden_seit" in (too_late.json or {})["message"]


def test_old_words_go_in_and_those_of_today_come_out(api: FlaskClient) -> None:
    old = {
        "status": "AUF_DER_SUCHE",
        "geschlecht": "Maennlich",
        "versicherungsart": "Gesetzlich",
        "verkehrsmittel": "OEPNV",
        "bevorzugtes_therapeutengeschlecht": "egal",
        "bevorzugtes_therapieverfahren": "systemische_therapie",
    }
    today = {
        "status": "auf der Suche",
        "geschlecht": "männlich",
        "versicherungsart": "gesetzlich",
        "verkehrsmittel": "ÖPNV",
        "bevorzugtes_therapeutengeschlecht": "Egal",
        "bevorzugtes_therapieverfahren": "Systemische Therapie",
    }
    for version in ("v1", "v2"):
        answer = api.post(f"/api/{version}/patients", json={**ANNA, **old}).json or {}

        assert {name: answer[name] for name in today} == today
        listed = api.get(f"/api/{version}/patients", query_string={"status": "Auf_der_suche"})
        assert listed.status_code == 200
