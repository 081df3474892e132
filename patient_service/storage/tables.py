"""Patients, whose columns bear the names that v1 clients know, and what is kept about them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, FetchedValue, Integer, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from patient_service.storage.encrypted_text import EncryptedText


class Base(DeclarativeBase):
    metadata = MetaData(schema="patient_service")
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[int]: ARRAY(Integer),
        list[str]: ARRAY(Text),
    }


class Patient(Base):
    __tablename__ = "patients"

    id: Mapped[int] = mapped_column(primary_key=True)
    anrede: Mapped[str | None]
    vorname: Mapped[str]
    nachname: Mapped[str]
    strasse: Mapped[str | None]
    plz: Mapped[str | None]
    ort: Mapped[str | None]
    email: Mapped[str | None]
    telefon: Mapped[str | None]
    hausarzt: Mapped[str | None]
    krankenkasse: Mapped[str | None]
    krankenversicherungsnummer: Mapped[str | None]
    geburtsdatum: Mapped[date | None]
    geschlecht: Mapped[str | None]
    diagnose: Mapped[str | None]
    versicherungsart: Mapped[str | None]
    vertraege_unterschrieben: Mapped[bool]
    psychotherapeutische_sprechstunde: Mapped[bool]
    startdatum: Mapped[date | None]
    erster_therapieplatz_am: Mapped[date | None]
    funktionierender_therapieplatz_am: Mapped[date | None]
    status: Mapped[str]
    empfehler_der_unterstuetzung: Mapped[str | None]
    offen_fuer_diga: Mapped[bool]
    nur_gruppentherapie: Mapped[bool]
    letzter_kontakt: Mapped[date | None]
    psychotherapieerfahrung: Mapped[bool | None]
    letzte_therapie_ende: Mapped[date | None]
    stationaere_behandlung: Mapped[bool]
    berufliche_situation: Mapped[str | None]
    familienstand: Mapped[str | None]
    aktuelle_psychische_beschwerden: Mapped[str | None] = mapped_column(EncryptedText)
    beschwerden_seit: Mapped[date | None]
    bisherige_behandlungen: Mapped[str | None] = mapped_column(EncryptedText)
    relevante_koerperliche_erkrankungen: Mapped[str | None] = mapped_column(EncryptedText)
    aktuelle_medikation: Mapped[str | None] = mapped_column(EncryptedText)
    aktuelle_belastungsfaktoren: Mapped[str | None] = mapped_column(EncryptedText)
    unterstuetzungssysteme: Mapped[str | None] = mapped_column(EncryptedText)
    anlass_fuer_die_therapiesuche: Mapped[str | None] = mapped_column(EncryptedText)
    erwartungen_an_die_therapie: Mapped[str | None] = mapped_column(EncryptedText)
    therapieziele: Mapped[str | None] = mapped_column(EncryptedText)
    fruehere_therapieerfahrungen: Mapped[str | None] = mapped_column(EncryptedText)
    ausgeschlossene_therapeuten: Mapped[list[int]]
    bevorzugtes_therapieverfahren: Mapped[str]
    bevorzugte_sprachen: Mapped[list[str]]
    einwilligung_datenweitergabe_am: Mapped[date | None]
    source: Mapped[str | None]
    external_id: Mapped[str | None]

    max_travel_distance_km: Mapped[int | None]
    travel_mode: Mapped[str | None]
    availability_schedule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    therapist_gender_preference: Mapped[str | None]
    group_therapy_preference: Mapped[bool]

    followed_search: Mapped[int | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    place_status: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    created_by: Mapped[str]
    updated_by: Mapped[str]
    version: Mapped[int]


class Contact(Base):
    """A contact with a patient, or about one with `therapist_id`. Written once and never changed.

    `event_id` and `ref` name what it is known from, None when somebody wrote it down; `actor` is
    who wrote, called or answered.
    """

    __tablename__ = "contact_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int]
    therapist_id: Mapped[int | None]
    kind: Mapped[str]
    at: Mapped[datetime]
    channel: Mapped[str]
    direction: Mapped[str]
    detail: Mapped[str | None]
    actor: Mapped[str | None]
    note: Mapped[str | None] = mapped_column(EncryptedText)
    ref: Mapped[str | None]
    event_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    recorded_by: Mapped[str]


class MergedTherapist(Base):
    """A therapist's id that is no more, and the one that stands for the same person."""

    __tablename__ = "merged_therapist"

    therapist_id: Mapped[int] = mapped_column(primary_key=True)
    survivor_id: Mapped[int]
