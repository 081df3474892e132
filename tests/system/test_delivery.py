"""A small ordeal: real processes under SIGKILL, and nothing lost, doubled or out of order."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.ordeal import Ordeal, Terms
from tests.delivery.parties import LISTENER, TELLER, Place, Ward

TERMS = Terms(
    events=3000,
    seed=20261123,
    longest_seconds=60.0,
    pause_seconds=(0.05, 0.25),
    ward=Ward(fails_every=10),
)


@pytest.fixture
def place(database: Any) -> Place:
    return Place(database.url(TELLER), database.url(LISTENER))


def test_random_kills_lose_double_and_invert_nothing_on_postgres(
    database: Any,
    place: Place,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    outcome = Ordeal(place, database.admin_url, TERMS, tmp_path / "crew.log").run()
    record_property("delivery", outcome.figures())
    with capsys.disabled():
        print(f"\nDelivery on {place.carrier} under random kills: {outcome.figures()}")
    assert outcome.violations == []
    assert outcome.told >= TERMS.events
    assert outcome.ever_parked > 0
