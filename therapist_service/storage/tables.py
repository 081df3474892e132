"""Therapists, with the column names that v1 clients know, what is written down about them, and the
register of scraper files."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, FetchedValue, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(schema="therapist_service")
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(none_as_null=True),
        dict[str, int]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[str]: ARRAY(Text),
    }


class Therapist(Base):
    """`listed_at` is when the newest file was written that spoke of the therapist.

    `next_contactable_date` and `last_contact_date` are copies of what matching knows: they are
    written from its events only, and since they are nobody's edit they leave `version` alone."""

    __tablename__ = "therapists"

    id: Mapped[int] = mapped_column(primary_key=True)
    anrede: Mapped[str | None]
    titel: Mapped[str | None]
    vorname: Mapped[str]
    nachname: Mapped[str]
    strasse: Mapped[str | None]
    plz: Mapped[str | None]
    ort: Mapped[str | None]
    telefon: Mapped[str | None]
    fax: Mapped[str | None]
    email: Mapped[str | None]
    webseite: Mapped[str | None]
    kassensitz: Mapped[bool | None]
    geschlecht: Mapped[str | None]
    altersgruppe: Mapped[str | None]
    telefonische_erreichbarkeit: Mapped[dict[str, Any] | None]
    fremdsprachen: Mapped[list[str]] = mapped_column(default=list)
    psychotherapieverfahren: Mapped[list[str]] = mapped_column(default=list)
    zusatzqualifikationen: Mapped[str | None]
    besondere_leistungsangebote: Mapped[str | None]
    letzter_kontakt_email: Mapped[date | None]
    letzter_kontakt_telefon: Mapped[date | None]
    letztes_persoenliches_gespraech: Mapped[date | None]
    freie_einzeltherapieplaetze_ab: Mapped[date | None]
    freie_gruppentherapieplaetze_ab: Mapped[date | None]
    potentially_available: Mapped[bool] = mapped_column(default=False)
    potentially_available_notes: Mapped[str | None]
    status: Mapped[str]
    sperrgrund: Mapped[str | None]
    sperrdatum: Mapped[date | None]
    kontakt_wieder_ab: Mapped[date | None]
    kein_kontakt: Mapped[dict[str, Any] | None]
    delisted_on: Mapped[date | None]
    listed_at: Mapped[datetime | None]
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    notes: Mapped[str | None]

    next_contactable_date: Mapped[date | None]
    last_contact_date: Mapped[date | None]
    preferred_diagnoses: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    age_min: Mapped[int | None]
    age_max: Mapped[int | None]
    gender_preference: Mapped[str | None]
    group_therapy_preference: Mapped[bool | None]
    working_hours: Mapped[dict[str, Any] | None]

    mailbox_key: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    place_status: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    created_by: Mapped[str]
    updated_by: Mapped[str]
    version: Mapped[int]


class Contact(Base):
    """`event_id` and `ref` name what the contact is known from, None when somebody wrote it down;
    `actor` is who wrote, called or answered."""

    __tablename__ = "contact_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    therapist_id: Mapped[int]
    kind: Mapped[str]
    at: Mapped[datetime]
    channel: Mapped[str]
    direction: Mapped[str]
    detail: Mapped[str | None]
    actor: Mapped[str | None]
    note: Mapped[str | None]
    ref: Mapped[str | None]
    event_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    recorded_by: Mapped[str]


class TherapistHistory(Base):
    __tablename__ = "therapist_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    therapist_id: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    field: Mapped[str]
    before: Mapped[Any] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[Any] = mapped_column(JSONB(none_as_null=True))


class MergedTherapist(Base):
    """Who a survivor once was as well: the id that is gone, and how listings may speak of it."""

    __tablename__ = "merged_therapist"

    therapist_id: Mapped[int] = mapped_column(primary_key=True)
    survivor_id: Mapped[int]
    merged_at: Mapped[datetime]
    merged_by: Mapped[str]
    reason: Mapped[str]
    external_id: Mapped[str | None]
    titel: Mapped[str | None]
    vorname: Mapped[str]
    nachname: Mapped[str]
    strasse: Mapped[str | None]
    plz: Mapped[str | None]
    ort: Mapped[str | None]
    email: Mapped[str | None]


class ScraperImport(Base):
    __tablename__ = "scraper_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    file: Mapped[str]
    content_hash: Mapped[str]
    file_size: Mapped[int]
    modified_ns: Mapped[int]
    etag: Mapped[str]
    scrape_id: Mapped[str | None]
    status: Mapped[str]
    error: Mapped[str | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    processed: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int | None]
    counts: Mapped[dict[str, int]]
    rejected: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]")
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]")


class ScraperStorage(Base):
    """One row: when the scraper's storage was looked at, and what is wrong with it."""

    __tablename__ = "scraper_storage"

    id: Mapped[int] = mapped_column(primary_key=True)
    next_look_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    trouble: Mapped[str | None]
    trouble_since: Mapped[datetime | None]
