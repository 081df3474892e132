"""What the matching service needs: a revision of its schema, and settings from its environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from shared.config import CallingServiceConfig, number, one_of, setting, url


@dataclass(frozen=True)
class StreamConfig:
    """What gunicorn needs to know of the event stream, before there is a service."""

    streams: int = setting(
        "STREAMS",
        "wie viele Seiten zugleich am Ereignisstrom mitlesen können, jede mit einem Thread",
        parse=number(1, 900),
        default=240,
    )


@dataclass(frozen=True)
class Config(StreamConfig, CallingServiceConfig):
    needs_schema: ClassVar[str] = "0023_merges_one_by_one"

    patient_service_url: str = setting(
        "PATIENT_SERVICE_URL", "Adresse des Patienten-Dienstes", parse=url("http", "https")
    )
    therapist_service_url: str = setting(
        "THERAPIST_SERVICE_URL", "Adresse des Therapeuten-Dienstes", parse=url("http", "https")
    )
    cooling_days: int = setting(
        "COOLING_DAYS",
        "Abkühlungsphase nach jeder Antwort, in Tagen",
        parse=number(0, 365),
        default=28,
    )
    recall_seconds: int = setting(
        "RECALL_SECONDS",
        "wie lange ein Versand zurückgeholt werden kann",
        parse=number(0, 3600),
        default=30,
    )
    no_response_days: int = setting(
        "NO_RESPONSE_DAYS",
        "nach wie vielen Tagen ohne Antwort eine Anfrage geschlossen wird",
        parse=number(14, 365),
        default=28,
    )
    min_bundle_size: int = setting(
        "MIN_BUNDLE_SIZE", "kleinstes Bündel", parse=number(3, 6), default=3
    )
    max_bundle_size: int = setting(
        "MAX_BUNDLE_SIZE", "größtes Bündel", parse=number(3, 6), default=6
    )
    field_size: int = setting(
        "FIELD_SIZE",
        "bis zu wie vielen Kandidaten Kriterien gelockert werden",
        parse=number(1, 100),
        default=6,
    )
    default_contact_budget: int = setting(
        "DEFAULT_CONTACT_BUDGET",
        "Kontakte, mit denen eine Platzsuche beginnt",
        parse=number(1, 100),
        default=25,
    )

    first_meeting_days: int = setting(
        "FIRST_MEETING_DAYS",
        "Tage nach einer Zusage ohne Erstgespräch, bis eine Aufgabe daran erinnert",
        parse=number(1, 365),
        default=14,
    )
    decision_days: int = setting(
        "DECISION_DAYS",
        "Tage nach einer Zusage ohne Entscheidung, bis eine Aufgabe daran erinnert",
        parse=number(1, 365),
        default=42,
    )

    streams_per_user: int = setting(
        "STREAMS_PER_USER",
        "wie viele davon eine Person zugleich offen haben kann",
        parse=number(1, 900),
        default=10,
    )

    planner_chances: str = setting(
        "PLANNER_CHANCES",
        "woran Chancen bemessen werden: an früheren Antworten oder für alle gleich",
        parse=one_of("learned", "equal"),
        default="learned",
    )

    @staticmethod
    def conflicts(values: Mapping[str, Any]) -> Iterator[str]:
        if values["min_bundle_size"] > values["max_bundle_size"]:
            yield "MIN_BUNDLE_SIZE: darf nicht größer sein als MAX_BUNDLE_SIZE"
        if values["streams_per_user"] > values["streams"]:
            yield "STREAMS_PER_USER: darf nicht größer sein als STREAMS"
