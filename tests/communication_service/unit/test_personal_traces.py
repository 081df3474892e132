"""What gives a patient away is found in whatever way it is usually written, and nothing else is."""

from datetime import date

import pytest

from communication_service.domain.personal_traces import PersonalData, Trace, traces_in

KIM = PersonalData(
    vorname="Kim",
    nachname="Öztürk-Lang",
    geburtsdatum=date(1987, 6, 5),
    krankenversicherungsnummer="X909090909",
    email="kim@patient.example",
    telefon="+49 221 90909-01",
    strasse="Große Straße 77",
)
LANG = PersonalData(vorname="Eva", nachname="Lang")


@pytest.mark.parametrize(
    ("words", "trace"),
    [
        ("Frau Öztürk-Lang sucht", Trace.NAME),
        ("FRAU ÖZTÜRK-LANG SUCHT", Trace.NAME),
        ("O\u0308ztu\u0308rk-Lang", Trace.NAME),
        ("Kim\u00a0Öztürk-Lang, 39", Trace.NAME),
        ("geboren am 05.06.1987", Trace.BIRTH_DATE),
        ("geb. 5.6.87.", Trace.BIRTH_DATE),
        ("geboren am 5. Juni 1987", Trace.BIRTH_DATE),
        ("1987-06-05", Trace.BIRTH_DATE),
        ("5/6/1987", Trace.BIRTH_DATE),
        ("Nummer X 909 090 909", Trace.INSURANCE_NUMBER),
        ("x909090909", Trace.INSURANCE_NUMBER),
        ("Kim@Patient.example", Trace.EMAIL),
        ("Tel. 0221/909 09 01", Trace.PHONE),
        ("(0221) 90909-01", Trace.PHONE),
        ("wohnt Große  straße 77", Trace.STREET),
    ],
)
def test_what_gives_a_patient_away_is_found(words: str, trace: Trace) -> None:
    assert traces_in(words, KIM, "") == (trace,)


@pytest.mark.parametrize(
    "words",
    [
        "Eine Person, 39, mit Depression, aus der Großen Straße",
        "Kim sucht",
        "15.06.1987",
        "05.06.19870",
        "Öztürk-Langer",
        "0221 4710-0",
        "",
    ],
)
def test_what_could_be_anybody_is_none(words: str) -> None:
    assert traces_in(words, KIM, "") == ()


@pytest.mark.parametrize(
    ("words", "known", "traces"),
    [
        ("Die Wartezeit ist lang", "", ()),
        ("Frau Lang", "", (Trace.NAME,)),
        ("Sehr geehrte Frau Lang", "Dr. Petra Lang", ()),
        ("Sehr geehrte Frau Lang, Eva Lang sucht", "Dr. Petra Lang", (Trace.NAME,)),
        ("Sehr geehrte Frau Lang, es geht um Lang, Eva", "Dr. Petra Lang", (Trace.NAME,)),
    ],
)
def test_a_reader_of_the_same_name_may_be_addressed(
    words: str, known: str, traces: tuple[Trace, ...]
) -> None:
    assert traces_in(words, LANG, known) == traces


def test_of_whom_nothing_is_known_nothing_is_found() -> None:
    assert traces_in("Guten Tag, 0221 4710", PersonalData(), "") == ()
