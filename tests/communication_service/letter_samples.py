"""Every letter that this service writes, for one to six people."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from communication_service.domain.letters import (
    NO_LINKS,
    InquiryLetter,
    Links,
    inquiry_letter,
    reminder_letter,
)
from communication_service.domain.notices import (
    NamedPatient,
    StaffHint,
    StaffNotice,
    confirmation_letter,
    conflict_notice,
    withdrawal_notice,
)
from communication_service.domain.patient_letters import (
    SearchEnd,
    SearchEndedLetter,
    SearchStartedLetter,
    TherapistAcceptedLetter,
)
from communication_service.domain.salutations import salutation
from communication_service.domain.staff_mail import StaffMail, paragraphs
from communication_service.gateways.people import (
    read_addressee,
    read_named,
    read_patient,
    read_practice,
)
from communication_service.use_cases.write_mail import AnyLetter, MailSender

SNAPSHOTS = Path(__file__).parent / "snapshots"
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SENT_AT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
INQUIRY, SEARCH = 4711, 815
SENDER = MailSender(
    name="Ihr Team der Platzvermittlung",
    phone="0221 4711-0",
    legal_lines=(
        "Platzvermittlung Köln GmbH, Geschäftsführung: Maria Groß",
        "Domstraße 1, 50667 Köln",
        "Amtsgericht Köln, HRB 4711 · Aufsicht: Gesundheitsamt Köln",
    ),
)
THERAPIST: dict[str, Any] = {
    "anrede": "Frau",
    "titel": "Dr. med.",
    "vorname": "Jördis",
    "nachname": "Müller-Großmann",
    "strasse": "Am Römerturm 5",
    "plz": "50667",
    "ort": "Köln",
    "telefon": "0221 4712-0",
    "email": "praxis@example.org",
}
PATIENTS: list[dict[str, Any]] = json.loads((SNAPSHOTS / "patients.json").read_text("utf-8"))
PEOPLE: list[dict[str, Any]] = [
    {
        "anrede": "Frau",
        "vorname": "Zoë",
        "nachname": "Weiß",
        "telefon": "0221 1",
        "email": "z@a.de",
    },
    {"anrede": "Herr", "vorname": "Jürgen", "nachname": "Öz", "telefon": "0221 2"},
    {"geschlecht": "divers", "vorname": "Kim", "nachname": "Ames", "email": "kim@a.de"},
    {"geschlecht": "keine_Angabe", "vorname": "Robin", "nachname": "Null"},
    {"anrede": "Frau", "vorname": "שרה", "nachname": "כהן", "telefon": "0221 5"},
    {"geschlecht": "männlich", "vorname": "Aäron", "nachname": "van ’t Schip", "telefon": "0221 6"},
]
LINKS = Links("https://platz.example/a/Zufall1", "https://platz.example/o/Zufall2")


def inquiry(
    patients: Sequence[Mapping[str, Any]],
    *,
    therapist: Mapping[str, Any] = THERAPIST,
    first_contact: bool = False,
    links: Links = NO_LINKS,
) -> InquiryLetter:
    facts = [read_patient(patient, patient.get("distance_km")) for patient in patients]
    return inquiry_letter(
        INQUIRY,
        read_addressee(therapist),
        facts,
        first_contact=first_contact,
        now=NOW,
        links=links,
    )


def letters_about(number: int) -> dict[str, AnyLetter]:
    """All that speak of a number of people, about so many."""
    therapist, letters = read_addressee(THERAPIST), ascii_uppercase[:number]
    facts = [read_patient(patient, patient.get("distance_km")) for patient in PATIENTS[:number]]
    waiting = dict(zip(letters, facts, strict=True))
    others = dict(zip(ascii_uppercase[1:], facts, strict=False))
    named: dict[str, NamedPatient | None] = dict(
        zip(letters, map(read_named, PEOPLE), strict=False)
    )
    partly = {
        letter: one if place % 2 else None for place, (letter, one) in enumerate(named.items())
    }
    searches = tuple((letter, SEARCH + place) for place, letter in enumerate(letters))
    return {
        "inquiry": inquiry(PATIENTS[:number]),
        "inquiry_first": inquiry(PATIENTS[:number], first_contact=True),
        "inquiry_links": inquiry(PATIENTS[:number], first_contact=True, links=LINKS),
        "reminder": reminder_letter(INQUIRY, therapist, waiting, sent_at=SENT_AT, now=NOW),
        "reminder_undated": reminder_letter(INQUIRY, therapist, waiting, sent_at=None, now=NOW),
        "confirmation": confirmation_letter(INQUIRY, therapist, named),
        "confirmation_partly": confirmation_letter(INQUIRY, therapist, partly),
        "conflict_notice": conflict_notice(INQUIRY, therapist, tuple(letters), {}, NOW),
        "conflict_alternatives": conflict_notice(INQUIRY, therapist, ("A",), others, NOW),
        "withdrawal_notice": withdrawal_notice(INQUIRY, therapist, number),
        "consent_missing": StaffNotice(INQUIRY, StaffHint.CONSENT_MISSING, searches),
        "corrected_too_late": StaffNotice(INQUIRY, StaffHint.CORRECTED_TOO_LATE, searches),
    }


def patient_letters(patient: Mapping[str, Any] = PEOPLE[0]) -> dict[str, AnyLetter]:
    addressed = salutation(read_addressee(patient))
    practice = read_practice(THERAPIST)
    return {
        "search_started": SearchStartedLetter(SEARCH, addressed),
        "therapist_accepted": TherapistAcceptedLetter(SEARCH, addressed, practice),
        **{f"ended_{end}": SearchEndedLetter(SEARCH, addressed, end) for end in SearchEnd},
    }


def staff_mails() -> dict[str, AnyLetter]:
    typed = (
        "vielen Dank für das Gespräch.\nWie vereinbart:\n\n* Unterlagen per Post\n* Rückruf am 3.3."
    )
    greeted = salutation(read_addressee(THERAPIST))
    return {"staff_mail": StaffMail(greeted, "Unser Gespräch", paragraphs(typed))}


def every_letter() -> dict[str, AnyLetter]:
    counted = {
        f"{name}-{number}": letter
        for number in range(1, 7)
        for name, letter in letters_about(number).items()
    }
    return counted | patient_letters() | staff_mails()
