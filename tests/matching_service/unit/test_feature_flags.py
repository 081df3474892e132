from itertools import pairwise

import pytest

from matching_service.domain.feature_flags import Flag, Why, is_on

USERS = [f"user-{number}" for number in range(1000)]


def _flag(percentage: int, *, enabled: bool = True, override: tuple[str, ...] = ()) -> Flag:
    return Flag("bundle_matching", enabled, percentage, override)


@pytest.mark.parametrize(
    ("enabled", "percentage", "named", "on", "why"),
    [
        (False, 100, True, False, Why.DISABLED),
        (False, 100, False, False, Why.DISABLED),
        (True, 0, True, True, Why.OVERRIDE),
        (True, 0, False, False, Why.ROLLOUT),
        (True, 100, False, True, Why.ROLLOUT),
        (True, 100, True, True, Why.OVERRIDE),
    ],
)
def test_off_beats_all_then_come_the_named_then_the_share(
    enabled: bool, percentage: int, named: bool, on: bool, why: Why
) -> None:
    flag = _flag(percentage, enabled=enabled, override=("anna",) if named else ())

    assert is_on(flag, "anna") == (on, why)


@pytest.mark.parametrize("percentage", [0, 50, 100])
def test_the_share_of_a_thousand_users_is_what_was_asked_for(percentage: int) -> None:
    share = sum(is_on(_flag(percentage), user)[0] for user in USERS) / 10

    assert share == pytest.approx(percentage, abs=4)


def test_whoever_is_in_stays_in_while_the_share_grows() -> None:
    inside = [{u for u in USERS if is_on(_flag(share), u)[0]} for share in range(101)]

    assert all(smaller <= larger for smaller, larger in pairwise(inside))


def test_another_flag_has_other_first_users() -> None:
    ours = {u for u in USERS if is_on(_flag(10), u)[0]}
    others = {u for u in USERS if is_on(Flag("another", True, 10, ()), u)[0]}

    assert len(ours & others) < len(ours) / 2
