"""Patients and therapists as their services tell them; only what a letter needs is taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from communication_service.domain.letters import InsuranceKind, PatientFacts
from communication_service.domain.salutations import LetterTherapist
from communication_service.domain.weekly_times import Hours, WeeklySlot
from shared.http.service_client import ServiceClient

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Recipient:
    """Where a mail to a therapist goes; an empty address means: none is known."""

    name: str
    address: str


class People:
    """Every call may raise ServiceUnavailable or ServiceRefused."""

    def __init__(self, patients: ServiceClient, therapists: ServiceClient) -> None:
        self._patients = patients
        self._therapists = therapists

    def patients(self, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        """Full objects by id; who is not in it exists no more."""
        return _read(self._patients, "/api/v2/patients/batch-get", ids)

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


def read_therapist(document: Mapping[str, Any]) -> LetterTherapist:
    return LetterTherapist(
        anrede=document.get("anrede"),
        titel=document.get("titel"),
        nachname=document.get("nachname"),
    )


def read_recipient(document: Mapping[str, Any]) -> Recipient:
    names = (document.get("titel"), document.get("vorname"), document.get("nachname"))
    return Recipient(
        name=" ".join(name for name in names if name), address=document.get("email") or ""
    )


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
