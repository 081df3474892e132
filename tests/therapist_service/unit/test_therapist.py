from datetime import date

import pytest

from therapist_service.domain.therapist import (
    NEWCOMER,
    Block,
    Change,
    Decision,
    Status,
    block_of,
    change_between,
    days_ahead,
    decisions,
    no_age_fits,
    with_status_consequences,
)

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("status", "opted_out", "block"),
    [
        (Status.AKTIV, False, None),
        (Status.GESPERRT, False, Block.BLOCKED),
        (Status.INAKTIV, False, Block.INACTIVE),
        (Status.AKTIV, True, Block.OPTED_OUT),
        (Status.GESPERRT, True, Block.OPTED_OUT),
        (Status.INAKTIV, True, Block.OPTED_OUT),
    ],
)
def test_only_an_active_therapist_without_opt_out_may_be_asked(
    status: Status, opted_out: bool, block: Block | None
) -> None:
    assert block_of(status, opted_out=opted_out) == block


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (None, None, Change.UPDATED),
        (None, Block.OPTED_OUT, Change.BLOCKED),
        (Block.INACTIVE, None, Change.UNBLOCKED),
        (Block.BLOCKED, Block.OPTED_OUT, Change.UPDATED),
    ],
)
def test_others_are_told_when_a_block_begins_or_ends(
    before: Block | None, after: Block | None, change: Change
) -> None:
    assert change_between(before, after) == change


def test_a_block_is_dated_with_the_day_it_begins() -> None:
    written = with_status_consequences({"status": "gesperrt"}, Status.AKTIV, TODAY)
    assert written["sperrdatum"] == TODAY


def test_staff_may_date_a_block_themselves() -> None:
    earlier = date(2026, 11, 1)
    changes = {"status": "gesperrt", "sperrdatum": earlier}
    assert with_status_consequences(changes, Status.AKTIV, TODAY)["sperrdatum"] == earlier


def test_repeating_a_block_keeps_its_date() -> None:
    written = with_status_consequences({"status": "gesperrt"}, Status.GESPERRT, TODAY)
    assert "sperrdatum" not in written


def test_the_end_of_a_block_forgets_its_reason_and_date() -> None:
    written = with_status_consequences({"status": "aktiv"}, Status.GESPERRT, TODAY)
    assert (written["sperrgrund"], written["sperrdatum"]) == (None, None)


def test_a_status_set_by_staff_is_no_longer_the_scrapers() -> None:
    written = with_status_consequences({"status": "inaktiv"}, Status.INAKTIV, TODAY)
    assert written["delisted_on"] is None


def test_other_changes_touch_no_status() -> None:
    assert with_status_consequences({"ort": "Aachen"}, Status.GESPERRT, TODAY) == {"ort": "Aachen"}


@pytest.mark.parametrize(
    ("age_min", "age_max", "nobody"),
    [
        (18, 65, False),
        (18, 18, False),
        (19, 18, True),
        (18, 0, False),
        (18, None, False),
        (0, 18, False),
        (None, None, False),
    ],
)
def test_age_bounds_are_inclusive_and_zero_is_no_bound(
    age_min: int | None, age_max: int | None, nobody: bool
) -> None:
    assert no_age_fits(age_min, age_max) is nobody


def test_every_decision_about_asking_is_noted_with_what_was_there_before() -> None:
    opt_out = {"date": "2026-11-01", "channel": "phone"}
    asked_again = {**NEWCOMER, "kein_kontakt": opt_out, "kontakt_wieder_ab": date(2027, 3, 1)}

    assert decisions(NEWCOMER, NEWCOMER) == []
    assert decisions(NEWCOMER, asked_again) == [
        Decision("kein_kontakt", None, opt_out),
        Decision("kontakt_wieder_ab", None, "2027-03-01"),
    ]
    assert decisions(asked_again, NEWCOMER)[0] == Decision("kein_kontakt", opt_out, None)


@pytest.mark.parametrize(
    ("fields", "ahead"),
    [
        ({"letzter_kontakt_email": date(2026, 11, 23)}, []),
        ({"letzter_kontakt_email": date(2026, 11, 24)}, ["letzter_kontakt_email"]),
        ({"letztes_persoenliches_gespraech": None}, []),
        ({"kontakt_wieder_ab": date(2027, 3, 1)}, []),
        ({"kein_kontakt": {"date": "2026-11-23", "channel": "email"}}, []),
        ({"kein_kontakt": {"date": "2026-11-24", "channel": "email"}}, ["kein_kontakt.date"]),
        ({"kein_kontakt": None}, []),
        ({}, []),
    ],
)
def test_what_has_happened_lies_in_the_past(fields: dict[str, object], ahead: list[str]) -> None:
    assert days_ahead(fields, TODAY) == ahead
