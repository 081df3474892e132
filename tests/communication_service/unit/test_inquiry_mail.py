import re
from datetime import date
from html import unescape
from typing import Any

import pytest

from communication_service.domain.diagnosis_groups import DiagnosisGroup
from communication_service.domain.letters import InsuranceKind, letters_by_search
from communication_service.domain.notices import may_be_named
from communication_service.domain.patient_letters import SearchEnd, search_end
from communication_service.use_cases.letter_wording import DIAGNOSES, INSURANCES
from communication_service.use_cases.write_mail import WrittenMail, write_mail
from tests.communication_service.letter_samples import (
    LINKS,
    NOW,
    PATIENTS,
    SENDER,
    inquiry,
    letters_about,
)


def mail_about(patients: list[dict[str, Any]], *, first_contact: bool = False) -> WrittenMail:
    return write_mail(inquiry(patients, first_contact=first_contact), SENDER)


def all_words(mail: WrittenMail) -> str:
    return "\n".join((mail.subject, mail.body_text, mail.body_html, unescape(mail.body_html)))


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


def test_links_stand_beside_the_reply_by_mail_and_hold_no_id() -> None:
    mail = write_mail(inquiry(PATIENTS[:3], first_contact=True, links=LINKS), SENDER)
    for body in (mail.body_text, mail.body_html):
        for link in (LINKS.answer, LINKS.opt_out):
            assert link is not None
            assert link in body
        assert "„Keine Anfragen“" in body
        assert "Antworten Sie einfach auf diese E-Mail" in body
    assert set(re.findall('href="([^"]*)"', mail.body_html)) == {LINKS.answer, LINKS.opt_out}


def test_who_still_waits_keeps_the_letter_of_the_inquiry() -> None:
    assert letters_by_search([7, 3, 5]) == {7: "A", 3: "B", 5: "C"}
    assert letters_by_search([7, 3, 5], [5, 9, 7]) == {7: "A", 3: "B", 5: "C", 9: "D"}


@pytest.mark.parametrize("name", ["inquiry", "reminder", "conflict_notice", "withdrawal_notice"])
def test_only_a_confirmation_names_anybody(name: str) -> None:
    words = all_words(write_mail(letters_about(6)[name], SENDER))
    assert not re.search("Zoë|Öz|Kim|Robin|Aäron|kim@", words)
    assert "Zoë" in all_words(write_mail(letters_about(6)["confirmation"], SENDER))


@pytest.mark.parametrize(
    ("consented_on", "named"),
    [
        (None, False),
        (date(2026, 12, 2), False),
        (date(2026, 12, 1), True),
        (date(2020, 1, 1), True),
    ],
)
def test_a_name_needs_a_consent_of_today_or_before(consented_on: date | None, named: bool) -> None:
    assert may_be_named(consented_on, NOW) == named


@pytest.mark.parametrize(
    ("reason", "end"),
    [
        ("died", None),
        ("patient_deleted", None),
        ("moved", SearchEnd.MOVED),
        ("a reason of tomorrow", SearchEnd.OTHER),
        (None, SearchEnd.OTHER),
    ],
)
def test_nobody_writes_to_the_dead(reason: str | None, end: SearchEnd | None) -> None:
    assert search_end(reason) == end


def test_every_diagnosis_group_and_insurance_has_german_words() -> None:
    assert set(DIAGNOSES) == set(DiagnosisGroup)
    assert set(INSURANCES) == set(InsuranceKind)
