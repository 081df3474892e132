"""Two rows were one therapist: what the one that stays looks like.

What the survivor says stays; the duplicate fills gaps. Peace that either was promised is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from therapist_service.domain.contacts import later
from therapist_service.domain.therapist import Status

Fields = Mapping[str, Any]

_ADDRESS = ("strasse", "plz", "ort")
_AGES = ("age_min", "age_max")
_BLOCK = ("status", "sperrgrund", "sperrdatum", "delisted_on")
_ORIGIN = ("source", "external_id")


def merged(survivor: Fields, duplicate: Fields) -> dict[str, Any]:
    """Every field of the survivor that comes out otherwise than it is."""
    whole = {name: rule(survivor[name], duplicate[name]) for name, rule in RULES.items()}
    whole |= _address(survivor, duplicate) | _whole(_AGES, survivor, duplicate)
    whole |= _whole(_ORIGIN, survivor, duplicate) | _block(survivor, duplicate)
    return {name: value for name, value in whole.items() if value != survivor[name]}


def _filled(survivor: Any, duplicate: Any) -> Any:
    return duplicate if _is_gap(survivor) and not _is_gap(duplicate) else survivor


def _is_gap(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _united(survivor: Sequence[str] | None, duplicate: Sequence[str] | None) -> Any:
    """None only when neither says anything."""
    if not duplicate:
        return survivor
    return list(dict.fromkeys([*(survivor or ()), *duplicate]))


def _either(survivor: bool, duplicate: bool) -> bool:
    return survivor or duplicate


def _both(survivor: str | None, duplicate: str | None) -> str | None:
    if not survivor or not duplicate or duplicate in survivor:
        return _filled(survivor, duplicate)  # type: ignore[no-any-return]
    return f"{survivor}\n\n{duplicate}"


def _address(survivor: Fields, duplicate: Fields) -> dict[str, Any]:
    """Completed only by the same address, so that no street comes to another town."""
    contradict = any(
        not _is_gap(survivor[name])
        and not _is_gap(duplicate[name])
        and not _same(name, survivor, duplicate)
        for name in _ADDRESS
    )
    if contradict:
        return {name: survivor[name] for name in _ADDRESS}
    return {name: _filled(survivor[name], duplicate[name]) for name in _ADDRESS}


def _same(name: str, survivor: Fields, duplicate: Fields) -> bool:
    return str(survivor[name]).casefold() == str(duplicate[name]).casefold()


def _whole(names: Sequence[str], survivor: Fields, duplicate: Fields) -> dict[str, Any]:
    """What means something only together comes from one of them."""
    silent = all(_is_gap(survivor[name]) for name in names)
    return {name: (duplicate if silent else survivor)[name] for name in names}


def _block(survivor: Fields, duplicate: Fields) -> dict[str, Any]:
    """A block survives whoever had it. Who left the directory under one name and is listed under
    the other has not left it."""
    blocked = survivor["status"] != Status.GESPERRT and duplicate["status"] == Status.GESPERRT
    still_listed = survivor["delisted_on"] is not None and duplicate["status"] == Status.AKTIV
    return {name: (duplicate if blocked or still_listed else survivor)[name] for name in _BLOCK}


_GAPS = (
    *("anrede", "titel", "vorname", "nachname", "telefon", "fax", "email", "webseite"),
    *("kassensitz", "geschlecht", "altersgruppe", "telefonische_erreichbarkeit"),
    *("zusatzqualifikationen", "besondere_leistungsangebote", "potentially_available_notes"),
    *("freie_einzeltherapieplaetze_ab", "freie_gruppentherapieplaetze_ab", "kein_kontakt"),
    *("gender_preference", "group_therapy_preference", "working_hours"),
)
_LATER = (
    *("letzter_kontakt_email", "letzter_kontakt_telefon", "letztes_persoenliches_gespraech"),
    *("kontakt_wieder_ab", "last_contact_date", "next_contactable_date", "listed_at"),
)
RULES: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(_GAPS, _filled),
    **dict.fromkeys(_LATER, later),
    **dict.fromkeys(("fremdsprachen", "psychotherapieverfahren", "preferred_diagnoses"), _united),
    "potentially_available": _either,
    "notes": _both,
}
TOGETHER = (*_ADDRESS, *_AGES, *_BLOCK, *_ORIGIN)
