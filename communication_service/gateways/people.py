"""Patients and therapists as their services tell them; only what a letter needs is taken."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from communication_service.domain.letters import InsuranceKind, PatientFacts
from communication_service.domain.salutations import LetterTherapist
from communication_service.domain.weekly_times import Hours, WeeklySlot

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


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
