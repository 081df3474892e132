"""Whoever names the version that an answer is about is taken at their word; nobody has to."""

import pytest
from flask.testing import FlaskClient

from tests.matching_service.desk import Answer, Desk
from tests.matching_service.world import World


@pytest.fixture
def desk(api: FlaskClient, world: World) -> Desk:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    return Desk(api, world)


@pytest.fixture
def bundle(desk: Desk) -> Answer:
    return desk.sent(1)


def _latest(bundle: Answer) -> str:
    return f'"{bundle["version"]}"'


@pytest.mark.parametrize("tag", ['"99"', "0", "true", "*"])
def test_an_answer_to_another_version_is_refused_and_nothing_is_recorded(
    desk: Desk, bundle: Answer, tag: str
) -> None:
    refusal = desk.answer(bundle, {}, 412, tag=tag)

    assert refusal["type"] == "/problems/stale"
    assert desk.read(bundle) == bundle


def test_an_answer_to_the_latest_version_is_recorded(desk: Desk, bundle: Answer) -> None:
    answered = desk.answer(bundle, {}, tag=_latest(bundle))["bundle"]

    assert answered["state"] == "answered"


def test_the_same_answer_again_is_known_though_its_version_is_an_old_one(
    desk: Desk, bundle: Answer
) -> None:
    first = desk.answer(bundle, {}, tag=_latest(bundle))

    again = desk.answer(bundle, {}, tag=_latest(bundle))

    assert again == first
