"""What a therapist may be, and who may say so: staff or the scraper."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum


class Status(StrEnum):
    AKTIV = "aktiv"
    GESPERRT = "gesperrt"
    INAKTIV = "inaktiv"


class Geschlecht(StrEnum):
    MAENNLICH = "männlich"
    WEIBLICH = "weiblich"
    DIVERS = "divers"
    KEINE_ANGABE = "keine_Angabe"


class Altersgruppe(StrEnum):
    """Whom a therapist treats by licence: a hard rule of matching."""

    ERWACHSENE = "erwachsene"
    KINDER_JUGENDLICHE = "kinder_jugendliche"
    BEIDE = "beide"


class GenderPreference(StrEnum):
    MALE = "male"
    FEMALE = "female"
    ANY = "any"


class OptOutChannel(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    PORTAL = "portal"
    LETTER = "letter"


class Block(StrEnum):
    """Why nobody may be asked on a patient's behalf."""

    BLOCKED = "blocked"
    INACTIVE = "inactive"
    OPTED_OUT = "opted_out"


class Change(StrEnum):
    """What others have to be told."""

    UPDATED = "updated"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"


STAFF_OWNED = frozenset(
    {
        "status",
        "sperrgrund",
        "sperrdatum",
        "kassensitz",
        "potentially_available",
        "potentially_available_notes",
        "freie_einzeltherapieplaetze_ab",
        "freie_gruppentherapieplaetze_ab",
        "preferred_diagnoses",
        "age_min",
        "age_max",
        "gender_preference",
        "group_therapy_preference",
        "working_hours",
        "letzter_kontakt_email",
        "letzter_kontakt_telefon",
        "letztes_persoenliches_gespraech",
        "next_contactable_date",
        "last_contact_date",
        "kontakt_wieder_ab",
        "kein_kontakt",
        "notes",
    }
)


def block_of(status: Status, *, opted_out: bool) -> Block | None:
    """An opt-out outlives every change of status, so it is named first."""
    if opted_out:
        return Block.OPTED_OUT
    return {Status.GESPERRT: Block.BLOCKED, Status.INAKTIV: Block.INACTIVE}.get(status)


def change_between(before: Block | None, after: Block | None) -> Change:
    if before is None and after is not None:
        return Change.BLOCKED
    if before is not None and after is None:
        return Change.UNBLOCKED
    return Change.UPDATED


def with_status_consequences(
    changes: Mapping[str, object], before: Status, today: date
) -> dict[str, object]:
    """Complete what staff write: a block is dated, its end forgets reason and date.

    A status that staff have set is theirs from then on: the scraper's own mark goes.
    """
    if "status" not in changes:
        return dict(changes)
    after = changes["status"]
    completed = {**changes, "delisted_on": None}
    if after == Status.GESPERRT and before != Status.GESPERRT:
        completed["sperrdatum"] = changes.get("sperrdatum") or today
    if after != Status.GESPERRT and before == Status.GESPERRT:
        completed |= {"sperrgrund": None, "sperrdatum": None}
    return completed


def no_age_fits(age_min: int | None, age_max: int | None) -> bool:
    """Both bounds are inclusive; 0 and None mean no bound."""
    return bool(age_min and age_max and age_min > age_max)
