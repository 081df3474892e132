"""The rows that matching owns. What they promise each other stands in the migrations."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, FetchedValue, Integer, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, Range
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(schema="matching_service")
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[int]: ARRAY(Integer),
        list[str]: ARRAY(Text),
    }


class Platzsuche(Base):
    """`excluded_therapists` and `used_contacts` are kept by triggers and read-only here."""

    __tablename__ = "platzsuche"
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int]
    status: Mapped[str]
    created_at: Mapped[datetime]
    requested_at: Mapped[datetime]
    waiting_since: Mapped[datetime]
    success_date: Mapped[datetime | None]
    resume_date: Mapped[date | None]
    accepted_at: Mapped[datetime | None]
    accepted_therapist_id: Mapped[int | None]
    first_meeting_on: Mapped[date | None]
    sessions_held: Mapped[int]
    therapy_starts_on: Mapped[date | None]
    end_reason: Mapped[str | None]
    notes: Mapped[str | None]
    override_reason: Mapped[str | None]
    override_by: Mapped[str | None]
    total_requested_contacts: Mapped[int]
    used_contacts: Mapped[int] = mapped_column(server_default=FetchedValue())
    excluded_therapists: Mapped[list[Any]] = mapped_column(JSONB, server_default=FetchedValue())
    created_by: Mapped[str]
    updated_at: Mapped[datetime]
    version: Mapped[int]


class PlatzsucheContactRequest(Base):
    __tablename__ = "platzsuche_contact_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    platzsuche_id: Mapped[int]
    requested_count: Mapped[int]
    requested_date: Mapped[datetime]
    created_by: Mapped[str]
    notes: Mapped[str | None]


class PlatzsucheExclusion(Base):
    __tablename__ = "platzsuche_exclusion"

    id: Mapped[int] = mapped_column(primary_key=True)
    platzsuche_id: Mapped[int]
    therapist_id: Mapped[int]
    reason: Mapped[str]
    source: Mapped[str]
    excluded_at: Mapped[datetime]
    excluded_by: Mapped[str]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]


class PlatzsucheHistory(Base):
    __tablename__ = "platzsuche_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    platzsuche_id: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str]
    from_: Mapped[str | None] = mapped_column("from")
    to: Mapped[str | None]
    reason: Mapped[str | None]
    ref: Mapped[str | None]


class Therapeutenanfrage(Base):
    __tablename__ = "therapeutenanfrage"

    id: Mapped[int] = mapped_column(primary_key=True)
    therapist_id: Mapped[int]
    mailbox_id: Mapped[int]
    mailbox_key: Mapped[str]
    state: Mapped[str]
    created_date: Mapped[datetime]
    sent_date: Mapped[datetime | None]
    sent_method: Mapped[str | None]
    response_date: Mapped[datetime | None]
    response_type: Mapped[str | None]
    response_channel: Mapped[str | None]
    bundle_size: Mapped[int]
    accepted_count: Mapped[int]
    placed_count: Mapped[int]
    staff_notes: Mapped[str | None]
    size_exception: Mapped[str | None]
    override_reason: Mapped[str | None]
    sends_at: Mapped[datetime | None]
    let_go_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str | None]
    follow_up_due_on: Mapped[date | None]
    email_id: Mapped[int | None]
    phone_call_id: Mapped[int | None]
    created_by: Mapped[str]
    planner: Mapped[dict[str, Any] | None]
    version: Mapped[int]


class TherapeutAnfragePatient(Base):
    """`first_meeting_on` of an acceptance that has ended; until then the search has it."""

    __tablename__ = "therapeut_anfrage_patient"

    id: Mapped[int] = mapped_column(primary_key=True)
    therapeutenanfrage_id: Mapped[int]
    platzsuche_id: Mapped[int]
    patient_id: Mapped[int]
    position_in_bundle: Mapped[int]
    status: Mapped[str]
    outcome: Mapped[str | None]
    outcome_notes: Mapped[str | None]
    distance_km: Mapped[Decimal | None]
    approximate: Mapped[bool]
    relaxed: Mapped[list[Any]] = mapped_column(JSONB)
    reasons: Mapped[list[Any]] = mapped_column(JSONB)
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    first_meeting_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]


class Conflict(Base):
    __tablename__ = "conflict"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    platzsuche_id: Mapped[int]
    winner_row_id: Mapped[int | None]
    loser_row_id: Mapped[int]
    loser_inquiry_id: Mapped[int]
    responded_at: Mapped[datetime]
    alternative_search_id: Mapped[int | None]
    resolution: Mapped[str | None]
    notes: Mapped[str | None]
    resolved_by: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int]


class ResponseCorrection(Base):
    """What a row said before it was corrected; only ever added to."""

    __tablename__ = "response_correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    row_id: Mapped[int]
    old_outcome: Mapped[str | None]
    new_outcome: Mapped[str]
    old_status: Mapped[str]
    new_status: Mapped[str]
    reason: Mapped[str]
    corrected_by: Mapped[str]
    corrected_at: Mapped[datetime]


class Task(Base):
    """Something that waits for a person."""

    __tablename__ = "task"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ref_table: Mapped[str]
    ref_id: Mapped[int]
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
    note: Mapped[str | None]
    detail: Mapped[dict[str, Any]]


class BundlePlan(Base):
    __tablename__ = "bundle_plan"

    plan_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    request: Mapped[dict[str, Any]]
    plan: Mapped[dict[str, Any]]


class Mailbox(Base):
    """A practice's address, known here only by its key. Dates are kept by the contact law."""

    __tablename__ = "mailbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox_key: Mapped[str]
    next_contactable_date: Mapped[date | None] = mapped_column(server_default=FetchedValue())


class MailboxBlock(Base):
    """A contact or a cooling. Times and ranges are set by the database whatever is sent."""

    __tablename__ = "mailbox_block"

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox_id: Mapped[int]
    kind: Mapped[str]
    purpose: Mapped[str]
    inquiry_id: Mapped[int | None]
    actor: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    response_at: Mapped[datetime | None]
    next_contactable_date: Mapped[date | None]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=FetchedValue())
    quiet: Mapped[Range[datetime] | None] = mapped_column(TSTZRANGE, server_default=FetchedValue())
    override_id: Mapped[int | None]


class CoolingOverride(Base):
    __tablename__ = "cooling_override"

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox_id: Mapped[int]
    block_id: Mapped[int]
    actor: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=FetchedValue())


class ContactPermit(Base):
    """All but the therapist is read from the contact's block by the database."""

    __tablename__ = "contact_permit"

    id: Mapped[int] = mapped_column(primary_key=True)
    block_id: Mapped[int]
    therapist_id: Mapped[int]
    mailbox_id: Mapped[int] = mapped_column(server_default=FetchedValue())
    purpose: Mapped[str] = mapped_column(server_default=FetchedValue())
    inquiry_id: Mapped[int | None] = mapped_column(server_default=FetchedValue())
    valid_until: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    claimed_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None] = mapped_column(server_default=FetchedValue())


class PatientRow(Base):
    """Read model: what matching knows about a patient. `changed_xid`, here and below: the
    transaction that wrote the row, set by a trigger."""

    __tablename__ = "patient_snapshot"

    patient_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    deleted: Mapped[bool]
    status: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    place_status: Mapped[str]
    plz: Mapped[str | None]
    max_km: Mapped[int | None]
    travel_mode: Mapped[str | None]
    geschlecht: Mapped[str | None]
    geburtsdatum: Mapped[date | None]
    diagnose: Mapped[str | None]
    versicherungsart: Mapped[str | None]
    sprachen: Mapped[list[str]]
    verfahren: Mapped[str | None]
    therapist_gender_preference: Mapped[str | None]
    group_ok: Mapped[bool]
    only_group: Mapped[bool]
    availability: Mapped[dict[str, Any] | None]
    excluded_therapists: Mapped[list[int]]
    vertraege_unterschrieben: Mapped[bool]
    psychotherapieerfahrung: Mapped[bool | None]
    letzte_therapie_ende: Mapped[date | None]
    changed_xid: Mapped[str] = mapped_column(server_default=FetchedValue())


class TherapistRow(Base):
    """Read model: what matching knows about a therapist."""

    __tablename__ = "therapist_snapshot"

    therapist_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    deleted: Mapped[bool]
    mailbox_id: Mapped[int]
    mailbox_key: Mapped[str]
    status: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    place_status: Mapped[str]
    plz: Mapped[str | None]
    kassensitz: Mapped[bool | None]
    geschlecht: Mapped[str | None]
    verfahren: Mapped[list[str]]
    altersgruppe: Mapped[str | None]
    sprachen: Mapped[list[str]]
    has_email: Mapped[bool]
    has_phone: Mapped[bool]
    kontakt_wieder_ab: Mapped[date | None]
    opted_out: Mapped[bool]
    potentially_available: Mapped[bool]
    free_from: Mapped[date | None]
    preferred_diagnoses: Mapped[list[str]]
    age_min: Mapped[int | None]
    age_max: Mapped[int | None]
    gender_preference: Mapped[str | None]
    group_therapy_preference: Mapped[bool | None]
    working_hours: Mapped[dict[str, Any] | None]
    changed_xid: Mapped[str] = mapped_column(server_default=FetchedValue())


class MergedTherapist(Base):
    """A therapist who turned out to be another one, with the mailbox that was its last."""

    __tablename__ = "merged_therapist"

    therapist_id: Mapped[int] = mapped_column(primary_key=True)
    survivor_id: Mapped[int]
    mailbox_id: Mapped[int]
    merged_at: Mapped[datetime]


class PlacementRequest(Base):
    """`therapeutenanfrage_id` is the inquiry that holds the answer, if a search waited for it."""

    __tablename__ = "placement_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int]
    therapist_id: Mapped[int]
    status: Mapped[str]
    created_at: Mapped[datetime]
    email_contact_date: Mapped[date | None]
    phone_contact_date: Mapped[date | None]
    response: Mapped[str | None]
    response_date: Mapped[date | None]
    next_contact_after: Mapped[date | None]
    priority: Mapped[int]
    notes: Mapped[str | None]
    therapeutenanfrage_id: Mapped[int | None]
    created_by: Mapped[str]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class FeatureFlag(Base):
    """Made by migrations; every change writes a FeatureFlagChange by itself."""

    __tablename__ = "feature_flag"

    name: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool]
    rollout_percentage: Mapped[int]
    override_users: Mapped[list[str]]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
    version: Mapped[int]


class FeatureFlagChange(Base):
    __tablename__ = "feature_flag_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    enabled: Mapped[bool]
    rollout_percentage: Mapped[int]
    override_users: Mapped[list[str]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
