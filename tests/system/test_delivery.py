"""A small ordeal: real processes under SIGKILL, and nothing lost, doubled or out of order."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devstack.kafka import KafkaServer
from shared.config import KAFKA
from tests.delivery.ordeal import Ordeal, Terms
from tests.delivery.parties import Ward, one_in

TERMS = Terms(
    events=600,
    seed=2,  # its first three kills meet every role
    longest_seconds=300.0,
    pause_seconds=(0.05, 0.35),
    events_per_broker=400,
    ward=Ward(one_in(20)),
)


@pytest.mark.parametrize("carrier", ["on_postgres", "on_kafka"])
def test_random_kills_lose_double_and_invert_nothing(
    database: Any,
    carrier: str,
    broker: KafkaServer,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    place = request.getfixturevalue(carrier)
    own = broker if place.carrier == KAFKA else None
    victims = ["consumer", "relay", "teller", *(["broker"] if own else [])]
    outcome = Ordeal(place, database.admin_url, TERMS, tmp_path / "crew.log", own).run()
    record_property("delivery", outcome.figures())
    with capsys.disabled():
        print(f"\nDelivery on {place.carrier} under random kills: {outcome.figures()}")
    assert outcome.came_to_rest
    assert outcome.violations == []
    assert outcome.told >= TERMS.events
    assert outcome.ever_parked > 0
    assert set(outcome.kills) == set(victims)
