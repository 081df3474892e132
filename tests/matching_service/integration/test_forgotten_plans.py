"""Plans, and what they say about people, last no longer than somebody may ask for them."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from matching_service.config import Config
from matching_service.jobs.forget_plans import forget_plans
from matching_service.wiring import wire
from tests.matching_service.staff_desk import content
from tests.matching_service.world import World

BUNDLES = "/api/v2/therapist-bundles"
MOMENT = timedelta(minutes=1)


@pytest.fixture
def market(world: World) -> World:
    world.add_therapist(1)
    for patient_id in range(1, 5):
        world.add_search(patient_id)
    return world


@pytest.mark.parametrize(
    ("path", "status", "kept"),
    [("preview", 200, timedelta(days=1)), ("create", 201, timedelta(days=30))],
)
def test_a_plan_is_forgotten_when_nobody_can_ask_for_it_any_more(
    api: FlaskClient, market: World, config: Config, path: str, status: int, kept: timedelta
) -> None:
    content(api.post(f"{BUNDLES}/{path}", json={}), status)
    wiring, now = wire(config, market.database), datetime.now(UTC)

    early = forget_plans(market.database, wiring, now + kept - MOMENT)
    late = forget_plans(market.database, wiring, now + kept + MOMENT)

    assert (early, late) == (0, 1)
