"""Matching's copies of patients and therapists, always taken whole from their own services.

One path for events, bootstrap, repair and erasure: ask for ids, keep what is newer, forget what
is gone. `anew` keeps it whatever the copy says: the copies are locked before their service is
asked, so nothing that anybody else has written to them is newer than its answer.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from matching_service.gateways.people import Found, People
from matching_service.storage import snapshot_store as store
from matching_service.storage.locks import lock_mailboxes
from matching_service.storage.mailbox_reach import undeliverable
from matching_service.storage.tables import PatientRow, TherapistRow
from matching_service.use_cases.losses import Loss, lock_around_loss
from matching_service.use_cases.mailbox_moves import take_along


def refresh_patients(
    session: Session, people: People, ids: Sequence[int], *, anew: bool = False
) -> None:
    if anew:
        store.lock_copies(session, PatientRow.patient_id, ids)
    keep_patients(session, people.patients(ids), anew=anew)


def keep_patients(session: Session, found: Found, *, anew: bool = False) -> None:
    store.keep_patients(session, [_patient(record) for record in found.people], anew=anew)
    store.forget_patients(session, found.missing)


def refresh_therapists(
    session: Session,
    people: People,
    ids: Sequence[int],
    now: datetime,
    *,
    anew: bool = False,
    loss: Loss | None = None,
) -> None:
    """A therapist whose mailbox changes takes cooling and quiet along.

    Both mailboxes are locked before the therapist moves, so that no answer falls in between; with
    a `loss` everything that it concerns is locked with them.
    """
    if anew:
        store.lock_copies(session, TherapistRow.therapist_id, ids)
    found = people.therapists(ids)
    records = _therapists(session, found)
    wanted = {r["therapist_id"]: r["mailbox_id"] for r in records}
    before = store.mailboxes_of_therapists(session, wanted)
    moving = [t for t in before if before[t] != wanted[t]]
    touched = {m for t in moving for m in (before[t], wanted[t])}
    if loss is None:
        lock_mailboxes(session, touched)
    else:
        lock_around_loss(session, loss, touched.union(wanted.values()))
    store.keep_therapists(session, records, anew=anew)
    store.forget_therapists(session, found.missing)
    after = store.mailboxes_of_therapists(session, list(before))
    moves = {(before[t], after[t]) for t in before if before[t] != after[t]}
    for old, new in sorted(moves, key=lambda move: move[1]):
        take_along(session, old, new, now)


def meet_therapists(session: Session, found: Found) -> None:
    """Only those whom no event has brought yet: they have no other mailbox to move from."""
    store.add_therapists(session, _therapists(session, found))


def _patient(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "patient_id": record["id"],
        "version": record["version"],
        "deleted": False,
        "status": record["status"],
        "latitude": record["latitude"],
        "longitude": record["longitude"],
        "place_status": record["place_status"],
        "plz": record["plz"],
        "max_km": record["max_travel_distance_km"],
        "travel_mode": record["travel_mode"],
        "geschlecht": record["geschlecht"],
        "geburtsdatum": record["geburtsdatum"],
        "diagnose": record["diagnose"],
        "versicherungsart": record["versicherungsart"],
        "sprachen": record["bevorzugte_sprachen"],
        "verfahren": record["bevorzugtes_therapieverfahren"],
        "therapist_gender_preference": record["therapist_gender_preference"],
        "group_ok": record["group_therapy_preference"],
        "only_group": record["nur_gruppentherapie"],
        "availability": record["availability_schedule"],
        "excluded_therapists": record["ausgeschlossene_therapeuten"],
        "vertraege_unterschrieben": record["vertraege_unterschrieben"],
        "psychotherapieerfahrung": record["psychotherapieerfahrung"],
        "letzte_therapie_ende": record["letzte_therapie_ende"],
    }


def _therapists(session: Session, found: Found) -> list[dict[str, Any]]:
    keys = [t["mailbox_key"] for t in found.people]
    mailboxes, dead = store.mailbox_ids(session, keys), undeliverable(session, keys)
    return [
        _therapist(t, mailboxes[t["mailbox_key"]], can_be_mailed=t["mailbox_key"] not in dead)
        for t in found.people
    ]


def _therapist(
    record: Mapping[str, Any], mailbox_id: int, *, can_be_mailed: bool
) -> dict[str, Any]:
    return {
        "therapist_id": record["id"],
        "version": record["version"],
        "deleted": False,
        "mailbox_id": mailbox_id,
        "mailbox_key": record["mailbox_key"],
        "status": record["status"],
        "latitude": record["latitude"],
        "longitude": record["longitude"],
        "place_status": record["place_status"],
        "plz": record["plz"],
        "kassensitz": record["kassensitz"],
        "geschlecht": record["geschlecht"],
        "verfahren": record["psychotherapieverfahren"] or [],
        "altersgruppe": record["altersgruppe"],
        "sprachen": record["fremdsprachen"] or [],
        "has_email": bool(record["email"]) and can_be_mailed,
        "has_phone": bool(record["telefon"]),
        "kontakt_wieder_ab": record["kontakt_wieder_ab"],
        "opted_out": record["kein_kontakt"] is not None,
        "potentially_available": bool(record["potentially_available"]),
        "free_from": record["freie_einzeltherapieplaetze_ab"],
        "preferred_diagnoses": record["preferred_diagnoses"] or [],
        "age_min": record["age_min"],
        "age_max": record["age_max"],
        "gender_preference": record["gender_preference"],
        "group_therapy_preference": record["group_therapy_preference"],
        "working_hours": record["working_hours"],
    }
