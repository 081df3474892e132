"""What becomes of each field when two rows turn out to be one therapist."""

from datetime import date
from typing import Any

import pytest

from therapist_service.domain.merging import RULES, TOGETHER, merged
from therapist_service.domain.therapist import STAFF_OWNED
from therapist_service.storage.tables import Therapist

EARLY, LATE = date(2026, 1, 1), date(2026, 6, 1)
OPT_OUT, OTHER_OPT_OUT = ({"date": day, "channel": "email"} for day in ("2026-01-01", "2026-02-02"))
THE_ROWS_OWN = {
    *("id", "mailbox_key", "latitude", "longitude", "place_status"),
    *("created_at", "updated_at", "created_by", "updated_by", "version"),
}
EMPTY: dict[str, Any] = {
    **dict.fromkeys((*RULES, *TOGETHER)),
    "status": "aktiv",
    "potentially_available": False,
    "fremdsprachen": [],
    "psychotherapieverfahren": [],
}


def test_every_field_of_a_therapist_has_its_rule() -> None:
    columns = {column.key for column in Therapist.__table__.columns}

    assert set(RULES) | set(TOGETHER) == columns - THE_ROWS_OWN
    assert set(RULES) & set(TOGETHER) == set()
    assert set(RULES) | set(TOGETHER) >= STAFF_OWNED


@pytest.mark.parametrize(
    ("field", "survivor", "duplicate", "after"),
    [
        ("telefon", "1", "2", "1"),
        ("telefon", None, "2", "2"),
        ("telefon", "", "2", "2"),
        ("telefon", "1", None, "1"),
        ("email", "", None, ""),
        ("kassensitz", False, True, False),
        ("kassensitz", None, False, False),
        ("working_hours", {}, {"monday": []}, {"monday": []}),
        ("kein_kontakt", None, OPT_OUT, OPT_OUT),
        ("kein_kontakt", OPT_OUT, None, OPT_OUT),
        ("kein_kontakt", OPT_OUT, OTHER_OPT_OUT, OPT_OUT),
        ("fremdsprachen", ["Polnisch"], ["Türkisch", "Polnisch"], ["Polnisch", "Türkisch"]),
        ("fremdsprachen", [], ["Türkisch"], ["Türkisch"]),
        ("preferred_diagnoses", None, None, None),
        ("preferred_diagnoses", None, ["F32"], ["F32"]),
        ("preferred_diagnoses", ["F41"], None, ["F41"]),
        ("letzter_kontakt_email", EARLY, LATE, LATE),
        ("letzter_kontakt_email", LATE, EARLY, LATE),
        ("letztes_persoenliches_gespraech", None, EARLY, EARLY),
        ("next_contactable_date", EARLY, LATE, LATE),
        ("next_contactable_date", LATE, None, LATE),
        ("kontakt_wieder_ab", EARLY, LATE, LATE),
        ("kontakt_wieder_ab", LATE, EARLY, LATE),
        ("potentially_available", False, True, True),
        ("potentially_available", True, False, True),
        ("notes", "one", "other", "one\n\nother"),
        ("notes", "one and other", "other", "one and other"),
        ("notes", None, "other", "other"),
        ("notes", "one", None, "one"),
    ],
)
def test_the_survivor_speaks_first_and_the_duplicate_fills_gaps(
    field: str, survivor: Any, duplicate: Any, after: Any
) -> None:
    one, other = {**EMPTY, field: survivor}, {**EMPTY, field: duplicate}

    assert {**one, **merged(one, other)} == {**EMPTY, field: after}


def _row(names: str, values: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(names.split(), values, strict=True))


@pytest.mark.parametrize(
    ("survivor", "duplicate", "after"),
    [
        ((None, None, None), ("Markt 1", "52062", "Aachen"), ("Markt 1", "52062", "Aachen")),
        ((None, "52062", "AACHEN"), ("Markt 1", "52062", "Aachen"), ("Markt 1", "52062", "AACHEN")),
        ((None, "50667", "Köln"), ("Markt 1", "52062", "Aachen"), (None, "50667", "Köln")),
        ((None, None, "Köln"), ("Markt 1", "52062", "Aachen"), (None, None, "Köln")),
    ],
)
def test_an_address_is_completed_by_the_same_address_only(
    survivor: tuple[Any, ...], duplicate: tuple[Any, ...], after: tuple[Any, ...]
) -> None:
    names = "strasse plz ort"
    one, other = EMPTY | _row(names, survivor), EMPTY | _row(names, duplicate)

    assert {**one, **merged(one, other)} == EMPTY | _row(names, after)


@pytest.mark.parametrize(
    ("survivor", "duplicate", "after"),
    [
        ((None, None), (18, 65), (18, 65)),
        ((18, None), (30, 65), (18, None)),
        ((None, 17), (18, None), (None, 17)),
        ((None, None), (0, 21), (0, 21)),
    ],
)
def test_ages_come_from_one_of_the_two(
    survivor: tuple[Any, ...], duplicate: tuple[Any, ...], after: tuple[Any, ...]
) -> None:
    names = "age_min age_max"
    one, other = EMPTY | _row(names, survivor), EMPTY | _row(names, duplicate)

    assert {**one, **merged(one, other)} == EMPTY | _row(names, after)


ACTIVE = ("aktiv", None, None, None)
BLOCKED, BLOCKED_TOO = ("gesperrt", "a", EARLY, None), ("gesperrt", "b", LATE, None)
INACTIVE, DELISTED = ("inaktiv", None, None, None), ("inaktiv", None, None, EARLY)


@pytest.mark.parametrize(
    ("survivor", "duplicate", "after"),
    [
        (ACTIVE, BLOCKED, BLOCKED),
        (BLOCKED, ACTIVE, BLOCKED),
        (BLOCKED, BLOCKED_TOO, BLOCKED),
        (INACTIVE, BLOCKED, BLOCKED),
        (DELISTED, BLOCKED, BLOCKED),
        (INACTIVE, ACTIVE, INACTIVE),
        (ACTIVE, INACTIVE, ACTIVE),
        (DELISTED, ACTIVE, ACTIVE),
        (ACTIVE, DELISTED, ACTIVE),
        (DELISTED, INACTIVE, DELISTED),
    ],
)
def test_a_block_survives_and_a_delisting_only_if_both_are_gone(
    survivor: tuple[Any, ...], duplicate: tuple[Any, ...], after: tuple[Any, ...]
) -> None:
    names = "status sperrgrund sperrdatum delisted_on"
    one, other = EMPTY | _row(names, survivor), EMPTY | _row(names, duplicate)

    assert {**one, **merged(one, other)} == EMPTY | _row(names, after)
