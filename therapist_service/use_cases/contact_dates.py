"""Copies of the dates that matching keeps per mailbox, for everybody who reads a therapist."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from shared.db import Contended
from therapist_service.domain.contacts import later
from therapist_service.storage import queries, records
from therapist_service.storage.tables import Therapist


@dataclass(frozen=True)
class ContactDates:
    therapist_ids: tuple[int, ...]
    last_contact_date: date
    next_contactable_date: date
    overridden: bool = False  # staff have ended a cooling: the date may become earlier


def copy_contact_dates(session: Session, news: Iterable[ContactDates]) -> None:
    """Without an override dates never go back, so that news may come late, twice or in any order;
    an override stands in the order of its mailbox's events. What is told of a merged therapist is
    the survivor's news, but an override is not: it was for another mailbox.

    `version` stays: it counts edits, and nobody else needs to be told of a copy. Raises Contended.
    """
    all_news = list(news)
    ids = {therapist_id for one in all_news for therapist_id in one.therapist_ids}
    therapists = _locked(session, ids)
    for one in all_news:
        for told_of in (i for i in one.therapist_ids if i in therapists):
            therapist = therapists[told_of]
            overridden = one.overridden and therapist.id == told_of
            therapist.last_contact_date = later(therapist.last_contact_date, one.last_contact_date)
            known = None if overridden else therapist.next_contactable_date
            therapist.next_contactable_date = later(known, one.next_contactable_date)


def _locked(session: Session, ids: Collection[int]) -> Mapping[int, Therapist]:
    """By the id that was told, as far as there is still somebody behind it."""
    survivors = records.survivors(session, ids)
    rows = queries.locked_therapists(session, {survivors.get(one, one) for one in ids})
    if records.survivors(session, ids) != survivors:
        raise Contended  # somebody was merged while we waited for the locks
    present = {one: rows.get(survivors.get(one, one)) for one in ids}
    return {one: therapist for one, therapist in present.items() if therapist is not None}
