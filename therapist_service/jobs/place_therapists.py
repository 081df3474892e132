"""Therapists that were saved while nobody could say where they practise."""

from datetime import datetime

from shared.db import Database
from therapist_service.gateways.places import PENDING, UNKNOWN
from therapist_service.storage.queries import unplaced_therapists
from therapist_service.use_cases.therapist_rows import SERVICE, Author
from therapist_service.use_cases.therapists import place_therapist
from therapist_service.wiring import Wiring

_AT_ONCE = 100


def place_therapists(database: Database, wiring: Wiring, now: datetime) -> int:
    """Returns how many found their place; asks outside any transaction."""
    with database.transaction() as session:
        waiting = [(t.id, t.plz or "") for t in unplaced_therapists(session, _AT_ONCE)]
    places = wiring.places.locate_all(plz for _, plz in waiting if plz)
    author = Author(SERVICE, now, wiring.mailbox_secret)
    with database.transaction() as session:
        return sum(
            place_therapist(session, therapist_id, plz, places.get(plz, UNKNOWN), author)
            for therapist_id, plz in waiting
            if places.get(plz, UNKNOWN) != PENDING
        )
