"""Many people create bundles for the same therapists at the same moment."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests

from matching_service.config import Config
from tests.issuer import Issuer
from tests.matching_service.conftest import deadlocks, environment_of
from tests.matching_service.world import World
from tests.served import served

THERAPISTS = list(range(1, 51))
SEARCHES = 120
CREATORS = 32


def test_32_creators_for_the_same_50_therapists_make_50_inquiries(
    world: World,
    config: Config,
    database: Any,
    issuer: Issuer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _populate(world)
    header = issuer.bearer("staff")
    with served("matching_service", environment_of(config)) as url:
        alone = _create_at_once(url, header, creators=1)
        _cancel_all(url, header, alone.answers[0])
        together = _create_at_once(url, header, creators=CREATORS)

    made = [b["therapist_id"] for answer in together.answers for b in answer["bundles"]]
    skipped = Counter(s["reason"] for answer in together.answers for s in answer["skipped"])
    assert sorted(made) == THERAPISTS
    assert skipped == {"open_inquiry": (CREATORS - 1) * len(THERAPISTS)}
    assert deadlocks(database) == 0
    with capsys.disabled():
        print(
            f"\n{CREATORS} creators on 2 processes: {together.seconds:.2f} s,"
            f" one alone: {alone.seconds:.2f} s, ratio {together.seconds / alone.seconds:.1f}"
        )


class _Round:
    def __init__(self, answers: list[dict[str, Any]], seconds: float) -> None:
        self.answers, self.seconds = answers, seconds


def _create_at_once(url: str, header: dict[str, str], *, creators: int) -> _Round:
    start = Barrier(creators)

    def create(_: int) -> requests.Response:
        start.wait()
        return requests.post(
            f"{url}/api/v2/therapist-bundles/create",
            json={"therapist_ids": THERAPISTS},
            headers=header,
            timeout=120,
        )

    began = time.perf_counter()
    with ThreadPoolExecutor(creators) as pool:
        answers = list(pool.map(create, range(creators)))
    seconds = time.perf_counter() - began
    assert {answer.status_code for answer in answers} == {201}
    return _Round([answer.json() for answer in answers], seconds)


def _cancel_all(url: str, header: dict[str, str], created: dict[str, Any]) -> None:
    assert len(created["bundles"]) == len(THERAPISTS)
    for bundle in created["bundles"]:
        path = f"{url}/api/v2/therapist-bundles/{bundle['id']}/cancel"
        assert requests.post(path, headers=header, timeout=30).ok


def _populate(world: World) -> None:
    for therapist_id in THERAPISTS:
        world.add_therapist(therapist_id)
    for patient_id in range(1, SEARCHES + 1):
        world.add_search(patient_id)
