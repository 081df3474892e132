"""Copies of the dates that matching keeps per mailbox, for everybody who reads a therapist."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from therapist_service.domain.contacts import later
from therapist_service.storage import queries


@dataclass(frozen=True)
class ContactDates:
    therapist_ids: tuple[int, ...]
    last_contact_date: date
    next_contactable_date: date
    overridden: bool = False  # staff have ended a cooling: the date may become earlier


def copy_contact_dates(session: Session, news: Iterable[ContactDates]) -> None:
    """Without an override dates never go back, so that news may come late, twice or in any order;
    an override stands in the order of its mailbox's events.

    `version` stays: it counts edits, and nobody else needs to be told of a copy.
    """
    all_news = list(news)
    ids = {therapist_id for one in all_news for therapist_id in one.therapist_ids}
    therapists = queries.locked_therapists(session, ids)
    for one in all_news:
        for therapist in (therapists[i] for i in one.therapist_ids if i in therapists):
            therapist.last_contact_date = later(therapist.last_contact_date, one.last_contact_date)
            known = None if one.overridden else therapist.next_contactable_date
            therapist.next_contactable_date = later(known, one.next_contactable_date)
