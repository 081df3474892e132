"""Patients and therapists as their services tell them; only what a letter needs is taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from communication_service.domain.letters import InsuranceKind, PatientFacts
from communication_service.domain.notices import NamedPatient
from communication_service.domain.patient_letters import PracticeContact
from communication_service.domain.personal_traces import PersonalData
from communication_service.domain.salutations import Addressee, full_name, one_line
from communication_service.domain.weekly_times import Hours, WeeklySlot
from shared.http.service_client import ServiceClient

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Recipient:
    """Where a mail goes; an empty address means: none is known. Only practices have a mailbox."""

    name: str
    address: str
    mailbox_key: str | None = None


class People:
    """Every call may raise ServiceUnavailable or ServiceRefused."""

    def __init__(self, patients: ServiceClient, therapists: ServiceClient) -> None:
        self._patients = patients
        self._therapists = therapists

    def patients(self, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        """Full objects by id; who is not in it exists no more."""
        return _read(self._patients, "/api/v2/patients/batch-get", ids)

    def patient(self, patient_id: int) -> Mapping[str, Any] | None:
        return self.patients([patient_id]).get(patient_id)

    def therapist(self, therapist_id: int) -> Mapping[str, Any] | None:
        return self.therapists([therapist_id]).get(therapist_id)

    def therapists(self, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        return _read(self._therapists, "/api/v2/therapists/batch-get", ids)


def read_patient(document: Mapping[str, Any], distance_km: float | None) -> PatientFacts:
    """`document` is one full object of the patient service; the distance is matching's."""
    return PatientFacts(
        born=_date(document.get("geburtsdatum")),
        icd10=document.get("diagnose"),
        weekly_slots=tuple(_weekly_slots(document.get("availability_schedule") or {})),
        open_to_group=document.get("offen_fuer_gruppentherapie"),
        only_group=bool(document.get("nur_gruppentherapie")),
        insurance=_insurance(document.get("versicherungsart")),
        distance_km=distance_km,
    )


def read_addressee(document: Mapping[str, Any]) -> Addressee:
    """Of a therapist or a patient."""
    return Addressee(
        anrede=document.get("anrede"),
        titel=document.get("titel"),
        nachname=document.get("nachname"),
        vorname=document.get("vorname"),
        geschlecht=document.get("geschlecht"),
    )


def read_recipient(document: Mapping[str, Any]) -> Recipient:
    """Of a therapist or a patient."""
    names = (document.get("titel"), document.get("vorname"), document.get("nachname"))
    return Recipient(
        name=one_line(" ".join(name for name in names if name)),
        address=document.get("email") or "",
        mailbox_key=document.get("mailbox_key"),
    )


def read_named(document: Mapping[str, Any]) -> NamedPatient:
    return NamedPatient(
        name=full_name(read_addressee(document)),
        phone=one_line(document.get("telefon")),
        email=one_line(document.get("email")),
    )


def read_personal_data(document: Mapping[str, Any]) -> PersonalData:
    """What gives a patient away."""
    return PersonalData(
        vorname=document.get("vorname") or "",
        nachname=document.get("nachname") or "",
        geburtsdatum=_date(document.get("geburtsdatum")),
        krankenversicherungsnummer=document.get("krankenversicherungsnummer") or "",
        email=document.get("email") or "",
        telefon=document.get("telefon") or "",
        strasse=document.get("strasse") or "",
    )


def read_consent(document: Mapping[str, Any]) -> date | None:
    """Since when the patient agrees that name and contact are passed on."""
    return _date(document.get("einwilligung_datenweitergabe_am"))


def read_practice(document: Mapping[str, Any]) -> PracticeContact:
    town = (one_line(document.get("plz")), one_line(document.get("ort")))
    return PracticeContact(
        name=full_name(read_addressee(document)),
        street=one_line(document.get("strasse")),
        town=" ".join(part for part in town if part),
        phone=one_line(document.get("telefon")),
        email=one_line(document.get("email")),
    )


def wants_letters(document: Mapping[str, Any]) -> bool:
    """A therapist who is blocked, gone or has opted out is left in peace."""
    return document.get("status") == "aktiv" and not document.get("kein_kontakt")


def _read(service: ServiceClient, path: str, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    answer = service.post(path, {"ids": list(ids)})
    return {person["id"]: person for person in answer["data"]}


def _date(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _insurance(written: str | None) -> InsuranceKind | None:
    return InsuranceKind(written) if written else None


def _weekly_slots(schedule: Mapping[str, list[dict[str, str]]]) -> Iterator[WeeklySlot]:
    for weekday, name in enumerate(WEEKDAYS):
        for slot in schedule.get(name, []):
            yield WeeklySlot(weekday, Hours(_minutes(slot["start"]), _minutes(slot["end"])))


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
