"""A run fails for each claim that does not hold."""

from dataclasses import replace

import pytest

from tests.races.deeds import Invariant
from tests.races.meeting import Record
from tests.races.racer import Deed
from tests.races.rules import Violation
from tests.races.tally import Tally

MARKS = [(invariant, 1) for invariant in Invariant]
WON = Deed("send a bundle", 202, "", 0.0, 2.0, MARKS, [])
LOST = Deed("send a bundle", 409, "illegal-transition", 1.0, 3.0, [], MARKS)
GOOD = Record(deeds=[WON, LOST])


def test_a_good_run_keeps_every_claim() -> None:
    assert Tally(GOOD, 2).broken_claims() == []


@pytest.mark.parametrize(
    ("record", "claim"),
    [
        (replace(GOOD, violations=[Violation("two acceptances", 1)]), "violation: two acceptances"),
        (replace(GOOD, deadlocks=1), "deadlocks: 1"),
        (replace(GOOD, parked=1), "parked events: 1"),
        (replace(GOOD, deeds=[WON]), "only 1 requests"),
        (replace(GOOD, deeds=[WON, *[LOST] * 5]), "rarely successful: send a bundle, 17%"),
        (replace(GOOD, deeds=[WON, LOST._replace(status=503)]), "server error: send a bundle: 503"),
        (
            replace(GOOD, deeds=[WON, LOST._replace(status=0)]),
            "server error: send a bundle: illegal",
        ),
        (replace(GOOD, deeds=[WON, WON]), "too few collisions: one acceptance per search, 0"),
    ],
)
def test_a_broken_claim_is_named(record: Record, claim: str) -> None:
    assert any(one.startswith(claim) for one in Tally(record, 2).broken_claims())
