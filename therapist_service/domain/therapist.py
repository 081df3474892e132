"""What a therapist may be, and who may say so: staff or the scraper."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


RECORDED = ("status", "sperrgrund", "kein_kontakt", "kontakt_wieder_ab")
"""Who set these, when, and what was there before, is kept in rows of history."""

NEWCOMER: Mapping[str, object] = {**dict.fromkeys(RECORDED), "status": Status.AKTIV}

_PAST = ("letzter_kontakt_email", "letzter_kontakt_telefon", "letztes_persoenliches_gespraech")


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


@dataclass(frozen=True)
class Decision:
    """What somebody has decided about asking a therapist, as JSON would say it."""

    field: str
    before: object
    after: object


def decisions(before: Mapping[str, object], after: Mapping[str, object]) -> list[Decision]:
    """Before and after hold RECORDED; a therapist who is new and active was no decision."""
    return [
        Decision(name, _as_json(before[name]), _as_json(after[name]))
        for name in RECORDED
        if before[name] != after[name]
    ]


def _as_json(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


KEPT_BY_US = frozenset(
    {
        *("id", "latitude", "longitude", "place_status", "created_at", "updated_at", "version"),
        "likely_duplicates",
    }
)
"""What a caller has read and may send back, but does not decide."""

_NEWS_OF_OTHERS = ("next_contactable_date", "last_contact_date", "delisted_on")


def not_theirs(said: Mapping[str, object], stored: Mapping[str, object]) -> list[str]:
    """The fields that a caller wants otherwise than matching or the directory has said."""
    return [name for name in _NEWS_OF_OTHERS if name in said and said[name] != stored[name]]


def theirs(said: Mapping[str, object]) -> dict[str, object]:
    return {n: v for n, v in said.items() if n not in KEPT_BY_US and n not in _NEWS_OF_OTHERS}


def days_ahead(fields: Mapping[str, object], today: date) -> list[str]:
    """The fields that say what has happened, on a day that has not come."""
    opt_out = fields.get("kein_kontakt")
    since = opt_out["date"] if isinstance(opt_out, Mapping) else ""
    dated = [name for name in _PAST if isinstance(day := fields.get(name), date) and day > today]
    return [*dated, *(["kein_kontakt.date"] if since > today.isoformat() else [])]


def without_repetition(words: Iterable[str]) -> list[str]:
    """Each word once, as it was written first."""
    first: dict[str, str] = {}
    for word in words:
        first.setdefault(word.casefold(), word)
    return list(first.values())


def no_age_fits(age_min: int | None, age_max: int | None) -> bool:
    """Both bounds are inclusive; 0 and None mean no bound."""
    return bool(age_min and age_max and age_min > age_max)
