"""Contacts with a therapist, and the dates that they move forward."""

from datetime import date
from enum import StrEnum


class Channel(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    LETTER = "letter"
    PORTAL = "portal"
    IN_PERSON = "in_person"


class Direction(StrEnum):
    OUTGOING = "outgoing"
    INCOMING = "incoming"


LATEST_BY = {
    Channel.EMAIL: "letzter_kontakt_email",
    Channel.PHONE: "letzter_kontakt_telefon",
    Channel.IN_PERSON: "letztes_persoenliches_gespraech",
}
"""The field that keeps the day of the latest contact; letters and the portal have none."""


def later(known: date | None, new: date | None) -> date | None:
    """None is unknown, and so earlier than any day."""
    return max(filter(None, (known, new)), default=None)
