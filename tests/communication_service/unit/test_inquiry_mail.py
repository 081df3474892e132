import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from communication_service.domain.diagnosis_groups import DiagnosisGroup
from communication_service.domain.letters import InsuranceKind, inquiry_letter
from communication_service.gateways.people import read_patient, read_therapist
from communication_service.use_cases.letter_wording import DIAGNOSES, INSURANCES
from communication_service.use_cases.write_mail import MailSender, WrittenMail, write_inquiry_mail

LETTERS = Path(__file__).parent / "letters"
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SENDER = MailSender(
    name="Ihr Team der Platzvermittlung",
    phone="0221 4711-0",
    legal_footer="Platzvermittlung Köln GmbH · Domstraße 1 · 50667 Köln\nTelefon 0221 4711-0",
)
THERAPIST = {"anrede": "Frau", "titel": "Dr. med.", "nachname": "Müller-Großmann"}
PATIENTS: list[dict[str, Any]] = json.loads((LETTERS / "patients.json").read_text("utf-8"))


def mail_about(
    patients: list[dict[str, Any]],
    *,
    therapist: Mapping[str, Any] = THERAPIST,
    sender: MailSender = SENDER,
    first_contact: bool = False,
) -> WrittenMail:
    facts = [read_patient(patient, patient.get("distance_km")) for patient in patients]
    letter = inquiry_letter(
        4711, read_therapist(therapist), facts, first_contact=first_contact, now=NOW
    )
    return write_inquiry_mail(letter, sender)


def all_words(mail: WrittenMail) -> str:
    return "\n".join((mail.subject, mail.body_text, mail.body_html, unescape(mail.body_html)))


@pytest.mark.parametrize(("number", "first_contact"), [(1, False), (2, False), (6, True)])
def test_a_letter_reads_as_it_was_approved(number: int, first_contact: bool) -> None:
    mail = mail_about(PATIENTS[:number], first_contact=first_contact)
    approved_text = (LETTERS / f"{number}.txt").read_text("utf-8")
    assert f"Betreff: {mail.subject}\n\n{mail.body_text}" == approved_text
    assert mail.body_html == (LETTERS / f"{number}.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("number", "subject", "request_words"),
    [
        (1, "Therapieplatz für eine Person", "für eine Person, die zu Ihrer Praxis passen könnte,"),
        (2, "Therapieplätze für zwei Personen", "für zwei Personen, die zu Ihrer Praxis passen "),
        (3, "Therapieplätze für drei Personen", "für drei Personen, die zu Ihrer Praxis passen "),
        (4, "Therapieplätze für vier Personen", "für vier Personen, die zu Ihrer Praxis passen "),
        (5, "Therapieplätze für fünf Personen", "für fünf Personen, die zu Ihrer Praxis passen "),
        (6, "Therapieplätze für sechs Personen", "für sechs Personen, die zu Ihrer Praxis passen "),
    ],
)
def test_number_and_grammar_agree(number: int, subject: str, request_words: str) -> None:
    mail = mail_about(PATIENTS[:number])
    assert mail.subject == f"{subject} gesucht [PV-4711]"
    for body in (mail.body_text, mail.body_html):
        assert request_words in body
        assert ("suchen wir je einen" in body) == (number > 1)
        assert ("Können Sie sie aufnehmen?" in body) == (number == 1)
        assert body.count("Person F") == (1 if number == 6 else 0)


@pytest.mark.parametrize(
    ("number", "sample"),
    [
        (2, "A: ja · B: zurzeit kein Platz"),
        (3, "A: ja · B: zurzeit kein Platz · C: passt nicht"),
    ],
)
def test_the_sample_answer_names_only_letters_of_the_mail(number: int, sample: str) -> None:
    lines = [line.strip() for line in mail_about(PATIENTS[:number]).body_text.splitlines()]
    assert sample in lines


PLANTED = {
    "id": 918273,
    "anrede": "PlantedAnrede",
    "vorname": "PlantedVorname",
    "nachname": "PlantedNachname",
    "strasse": "PlantedStrasse",
    "plz": "98989",
    "ort": "PlantedOrt",
    "email": "planted@patient.example",
    "telefon": "+4990909090",
    "hausarzt": "PlantedHausarzt",
    "krankenkasse": "PlantedKrankenkasse",
    "krankenversicherungsnummer": "X909090909",
    "geburtsdatum": "1987-06-05",
    "diagnose": "F65.4",
    "geschlecht": "PlantedGeschlecht",
    "empfehler_der_unterstuetzung": "PlantedEmpfehler",
    "letzter_kontakt": "2026-06-06",
    "berufliche_situation": "PlantedBeruf",
    "familienstand": "PlantedFamilienstand",
    "aktuelle_psychische_beschwerden": "PlantedBeschwerden",
    "bisherige_behandlungen": "PlantedBehandlungen",
    "relevante_koerperliche_erkrankungen": "PlantedErkrankungen",
    "aktuelle_medikation": "PlantedMedikation",
    "aktuelle_belastungsfaktoren": "PlantedBelastung",
    "unterstuetzungssysteme": "PlantedUnterstuetzung",
    "anlass_fuer_die_therapiesuche": "PlantedAnlass",
    "erwartungen_an_die_therapie": "PlantedErwartungen",
    "therapieziele": "PlantedZiele",
    "fruehere_therapieerfahrungen": "PlantedErfahrungen",
    "ausgeschlossene_therapeuten": [818181],
    "letzte_therapie_ende": "2020-02-02",
    "bevorzugte_sprachen": ["PlantedSprache"],
    "source": "PlantedSource",
    "external_id": "PlantedExternalId",
    "latitude": 50.987654,
    "longitude": 6.987654,
    "travel_mode": "PlantedMode",
}


@pytest.mark.parametrize(("field", "value"), PLANTED.items())
def test_nothing_that_identifies_a_patient_reaches_the_mail(field: str, value: object) -> None:
    words = all_words(mail_about([PLANTED | {"distance_km": 13.377}]))
    needle = str(value[0]) if isinstance(value, list) else str(value)
    assert needle not in words
    assert "Planted" not in words


@pytest.mark.parametrize("trace", ["1987", "05.06.", "F65", "13.3", "13,3", "13 km"])
def test_dates_codes_and_distances_appear_only_coarsened(trace: str) -> None:
    assert trace not in all_words(mail_about([PLANTED | {"distance_km": 13.377}]))


def test_free_text_in_the_diagnosis_stays_inside() -> None:
    mail = mail_about([PLANTED | {"diagnose": "F32.1 nach PlantedTrennung"}])
    assert "Diagnose noch offen" in mail.body_text
    assert "Planted" not in all_words(mail)


def test_only_the_first_contact_introduces_us_and_offers_the_opt_out() -> None:
    for first_contact in (True, False):
        mail = mail_about(PATIENTS[:3], first_contact=first_contact)
        for body in (mail.body_text, mail.body_html):
            assert ("wir schreiben Ihnen zum ersten Mal" in body) == first_contact
            assert ("„Keine Anfragen“" in body) == first_contact


def test_without_a_phone_number_no_call_is_offered() -> None:
    mail = mail_about(PATIENTS[:2], sender=MailSender("Team", "", "Fuß"))
    assert "rufen Sie uns an" not in all_words(mail)


def test_the_html_escapes_what_others_wrote() -> None:
    mail = mail_about(
        PATIENTS[:2],
        therapist=THERAPIST | {"nachname": "<script>alert(1)</script>"},
        sender=MailSender("A & B", "<0221>", "<b>Fuß</b>"),
    )
    assert not re.search("<script|<0221|<b>", mail.body_html)
    assert "A &amp; B" in mail.body_html


def test_umlauts_stand_as_they_are_spoken() -> None:
    for body in (mail := mail_about(PATIENTS[:5])).body_text, mail.body_html:
        assert "Müller-Großmann" in body
        assert "für fünf Personen" in body
        assert "Domstraße 1 · 50667 Köln" in body


def test_every_diagnosis_group_and_insurance_has_german_words() -> None:
    assert set(DIAGNOSES) == set(DiagnosisGroup)
    assert set(INSURANCES) == set(InsuranceKind)
