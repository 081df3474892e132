"""What a listing in the scraped directory may change about a therapist, and what it may not."""

from collections.abc import Mapping
from datetime import date

from therapist_service.domain.therapist import STAFF_OWNED, Status

Fields = Mapping[str, object]

# The directory lists practices of the statutory health system only. This is a starting value:
# from then on the field belongs to staff.
FIRST_LISTING: dict[str, object] = {"status": Status.AKTIV, "kassensitz": True}


def merge(existing: Fields, scraped: Fields) -> dict[str, object]:
    """The fields to write. An empty value is something the scraper did not see, not news."""
    return {
        name: value
        for name, value in scraped.items()
        if name not in STAFF_OWNED and not _empty(value) and existing.get(name) != value
    }


def delisting(existing: Fields, today: date) -> dict[str, object]:
    """A therapist gone from the directory is no longer active; a block by staff stays a block."""
    if existing.get("delisted_on") is not None:
        return {}
    if existing["status"] == Status.AKTIV:
        return {"status": Status.INAKTIV, "delisted_on": today}
    return {}


def relisting(existing: Fields) -> dict[str, object]:
    """Undo a delisting, and only that: who was made inactive by staff stays inactive."""
    if existing.get("delisted_on") is None:
        return {}
    return {"status": Status.AKTIV, "delisted_on": None}


def _empty(value: object) -> bool:
    return value is None or value in ("", [], {}, ())
