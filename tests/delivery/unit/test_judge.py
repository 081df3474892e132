"""The judge of deliveries sees every way in which a promise can be broken."""

from dataclasses import replace
from typing import Any

import pytest

from tests.delivery.history import Change, History, Parked
from tests.delivery.judge import Violation, violations

A2, A3, A4 = Change("a", 2), Change("a", 3), Change("a", 4)
B2, B3, B9 = Change("b", 2), Change("b", 3), Change("b", 9)
C2 = Change("c", 2)

GOOD = History(
    versions={"a": 4, "b": 3, "silent": 1},
    waiting=[],
    carried=[A2, B2, A3, B3, A4],
    effects=[B2, A2, A3, B3, A4],
)
PARKED = replace(
    GOOD, effects=[B2, A2, B3], parked=[Parked(A3, failed=True), Parked(A4, failed=False)]
)


@pytest.mark.parametrize("history", [GOOD, PARKED])
def test_a_good_history_is_left_in_peace(history: History) -> None:
    assert violations(history, carrier_repeats=False) == []


def test_a_carrier_that_may_repeat_is_left_in_peace_when_first_arrivals_keep_their_order() -> None:
    repeated = replace(GOOD, carried=[A2, B2, A3, A2, A3, B3, A4])

    assert violations(repeated, carrier_repeats=True) == []


@pytest.mark.parametrize(
    ("base", "planted", "expected"),
    [
        pytest.param(
            GOOD,
            {"waiting": [B3], "carried": [A2, B2, A3, A4], "effects": [B2, A2, A3, A4]},
            [("left behind in the outbox", B3)],
            id="left behind",
        ),
        pytest.param(
            GOOD,
            {"carried": [A2, B2, A3, A4], "effects": [B2, A2, A3, A4]},
            [("lost on the way out", B3)],
            id="lost by producer or relay",
        ),
        pytest.param(
            GOOD,
            {"effects": [B2, A2, A3, A4]},
            [("lost on the way in", B3)],
            id="lost by the consumer",
        ),
        pytest.param(
            GOOD,
            {"effects": [B2, A2, A3, B3]},
            [("lost on the way in", A4)],
            id="lost at the very end",
        ),
        pytest.param(
            GOOD,
            {"effects": [B2, A2, A3, B3, A4, A3]},
            [("effect twice", A3)],
            id="effect twice",
        ),
        pytest.param(
            GOOD,
            {"effects": [B2, A3, A2, B3, A4]},
            [("effects out of order", A2)],
            id="effects of a key inverted",
        ),
        pytest.param(
            GOOD,
            {"effects": [B2, A2, A3, B3, A4, C2]},
            [("effect without cause", C2)],
            id="effect of a row that nobody changed",
        ),
        pytest.param(
            GOOD,
            {"effects": [B2, A2, A3, B3, A4, B9], "carried": [*GOOD.carried, B9]},
            [("carried without cause", B9), ("effect without cause", B9)],
            id="event of a transaction that was rolled back",
        ),
        pytest.param(
            GOOD,
            {"carried": [A2, B2, A4, A3, B3]},
            [("carried out of order", A3)],
            id="relay inverted a key",
        ),
        pytest.param(
            GOOD,
            {"carried": [A2, B2, A3, B3, A4, B2]},
            [("carried twice", B2)],
            id="carrier repeats although it promised not to",
        ),
        pytest.param(
            GOOD,
            {"effects": [B2, A2, A3, B3], "parked": [Parked(A4, failed=False)]},
            [("parked without failure", A4)],
            id="parked without failure",
        ),
        pytest.param(
            PARKED,
            {"effects": [B2, A2, B3, A3]},
            [("parked although it took effect", A3)],
            id="parked and handled",
        ),
        pytest.param(
            PARKED,
            {"effects": [B2, A2, B3, A4], "parked": PARKED.parked[:1]},
            [("overtook a parked event", A4)],
            id="overtook a parked event",
        ),
        pytest.param(
            PARKED,
            {"parked": [*PARKED.parked, Parked(A4, failed=False)]},
            [("parked twice", A4)],
            id="parked twice",
        ),
        pytest.param(
            PARKED,
            {"parked": [Parked(A4, failed=True), Parked(A3, failed=False)]},
            [("parked out of order", A3)],
            id="parked in the wrong order",
        ),
        pytest.param(
            PARKED,
            {"parked": [*PARKED.parked, Parked(C2, failed=True)]},
            [("parked without cause", C2)],
            id="parked without cause",
        ),
    ],
)
def test_every_planted_violation_is_named(
    base: History, planted: dict[str, Any], expected: list[tuple[str, Change]]
) -> None:
    history = replace(base, **planted)

    assert violations(history, carrier_repeats=False) == [Violation(*one) for one in expected]


def test_a_repeating_carrier_may_not_invert_first_arrivals_nor_double_effects() -> None:
    history = replace(GOOD, carried=[A3, A2, A3, B2, B3, A4], effects=[*GOOD.effects, A4])

    assert violations(history, carrier_repeats=True) == [
        Violation("effect twice", A4),
        Violation("carried out of order", A2),
    ]
