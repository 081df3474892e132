"""Staff at their screens: what they read beside years of work, and the load of the plan.

Many sessions, a request every two seconds each, against a real gunicorn; lists and single rows in
turn, of every kind that a screen asks for.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.client import HTTPConnection
from random import Random
from statistics import quantiles
from typing import NamedTuple

import requests
from sqlalchemy import text

from tests.conftest import Database
from tests.issuer import Issuer

PAUSE_SECONDS = 2.0
IN_REACH = 5_000
BUSY_SEARCH = 20  # active in the crowd; this many therapists practise around its patient
_V2 = "/api/v2"

Path = Callable[[Random], str]


class Waits(NamedTuple):
    """Milliseconds."""

    p50: float
    p95: float
    p99: float
    requests: int

    @classmethod
    def of(cls, waits: Sequence[float]) -> "Waits":
        cuts = quantiles(waits, n=100)
        return cls(cuts[49], cuts[94], cuts[98], len(waits))


def screens(searches: int) -> dict[str, Path]:
    def by_id(path: str) -> Path:
        return lambda rng: f"{_V2}/{path}".format(rng.randint(1, searches))

    def listed(path: str) -> Path:
        return lambda _: f"{_V2}/{path}"

    return {
        "by id: search": by_id("patient-searches/{}"),
        "by id: bundle": by_id("therapist-bundles/{}"),
        "by id: history of a search": by_id("patient-searches/{}/history"),
        "list: active searches, longest waiting first": listed(
            "patient-searches?status=active&sort=waiting"
        ),
        "list: searches of a region": listed("patient-searches?plz_prefix=52"),
        "list: searches waiting for long": listed("patient-searches?waiting_longer_than_days=300"),
        "list: bundles to follow up": listed("therapist-bundles?needs_follow_up=true"),
        "list: bundles sent": listed("therapist-bundles?state=sent"),
        "list: bundles of a therapist": by_id("therapist-bundles?therapist_id={}"),
        "list: coolings in force": listed("staff/cooling-periods?active=true"),
        "list: tasks": listed("staff/tasks"),
    }


def at_work(
    url: str, issuer: Issuer, searches: int, sessions: int, seconds: float
) -> dict[str, Waits]:
    """What every kind of request took, after a warm-up of a fifth of the time."""
    waits: dict[str, list[float]] = defaultdict(list)
    begin = time.perf_counter()
    warm, end = begin + seconds / 5, begin + seconds
    kinds = screens(searches)

    def session(number: int) -> None:
        rng = Random(number)  # noqa: S311 - sample data
        headers = issuer.bearer("staff", subject=f"staff{number}")
        staff = HTTPConnection(url.removeprefix("http://"), timeout=30)
        due = begin + rng.random() * PAUSE_SECONDS
        while due < end:
            time.sleep(max(0.0, due - time.perf_counter()))
            name = rng.choice(list(kinds))
            began = time.perf_counter()
            _read(staff, kinds[name](rng), headers)
            if began > warm:
                waits[name].append((time.perf_counter() - began) * 1000)
            due += PAUSE_SECONDS
        staff.close()

    threads = [threading.Thread(target=session, args=(number,)) for number in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: Waits.of(waits[name]) for name in kinds}


def _read(staff: HTTPConnection, path: str, headers: dict[str, str]) -> None:
    """Plainly: `requests` takes four times the CPU, and both cores are also the service's."""
    staff.request("GET", path, headers=headers)
    answer = staff.getresponse()
    content = answer.read()
    if answer.status != HTTPStatus.OK:
        raise RuntimeError(f"{path}: {answer.status} {content[:200]!r}")


def gather_therapists(database: Database) -> None:
    """So many into reach of one patient."""
    with database.engine(database.admin_url).begin() as admin:
        admin.execute(
            text(
                """
                UPDATE matching_service.therapist_snapshot therapist
                SET latitude = patient.latitude + (therapist_id % 71 - 35) / 500.0,
                    longitude = patient.longitude + (therapist_id % 73 - 36) / 400.0
                FROM matching_service.patient_snapshot patient
                WHERE patient_id = :search AND therapist_id <= :in_reach
                """
            ),
            {"search": BUSY_SEARCH, "in_reach": IN_REACH},
        )


def eligible(url: str, issuer: Issuer, rounds: int) -> tuple[float, Waits]:
    """The first request, which reads everybody, and the others; one after the other."""
    path = f"{url}{_V2}/patient-searches/{BUSY_SEARCH}/eligible-therapists"
    waits = []
    with requests.Session() as staff:
        staff.headers.update(issuer.bearer("staff"))
        for _ in range(rounds + 1):
            began = time.perf_counter()
            staff.get(path, timeout=60).raise_for_status()
            waits.append((time.perf_counter() - began) * 1000)
    return waits[0], Waits.of(waits[1:])


def whole_wave(url: str, issuer: Issuer) -> tuple[float, int]:
    """Seconds until a bundle is committed for everybody who can have one, and how many they are."""
    began = time.perf_counter()
    answer = requests.post(
        f"{url}{_V2}/therapist-bundles/create", json={}, headers=issuer.bearer("staff"), timeout=60
    )
    answer.raise_for_status()
    return time.perf_counter() - began, len(answer.json()["bundles"])
