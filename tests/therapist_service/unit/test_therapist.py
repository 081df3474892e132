from datetime import date

import pytest

from therapist_service.domain.therapist import (
    Block,
    Change,
    Status,
    block_of,
    change_between,
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
