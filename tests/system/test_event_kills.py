"""The way of an event, killed at every point between the change that it tells of and its effect."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, text

from shared.config import KAFKA
from shared.db import Database
from tests.delivery.judge import Violation, violations
from tests.delivery.parties import EFFECT, LISTENER, TELLER, Place, add_patients
from tests.delivery.records import history_of
from tests.delivery.stepped import (
    Patients,
    carry,
    deliver,
    deliver_the_rest,
    park_and_heal,
    tell,
)
from tests.failpoints.harness import Failpoints, run_in_child
from tests.failpoints.sampling import chosen
from tests.failpoints.watches import watch_engines, watch_kafka, watch_psycopg

WATCHES = (watch_engines, watch_psycopg, watch_kafka)
ENOUGH_PATIENTS = 400


@dataclass(frozen=True)
class Way:
    """`kill` is done in a child that dies somewhere in it, `prepare` in one that does not."""

    kill: Callable[[Place, Patients], None]
    prepare: Callable[[Place, Patients], None] | None = None


def _tell_and_carry(place: Place, patients: Patients) -> None:
    tell(place, patients)
    carry(place)


STRAIGHT, OVER_PARKING = Way(deliver), Way(park_and_heal, prepare=_tell_and_carry)


class Scene:
    """Every kill meets two patients of its own."""

    def __init__(self, database: Any, place: Place) -> None:
        self.place = place
        self.admin: Engine = database.engine(database.admin_url)
        with self.admin.begin() as admin:
            admin.execute(text(EFFECT))
        teller = Database(place.teller_url)
        with teller.transaction() as session:
            self._patients = add_patients(session, ENOUGH_PATIENTS)
        teller.dispose()

    def failpoints(self, way: Way) -> Failpoints:
        patients = self._patients.pop(), self._patients.pop()
        if way.prepare:
            run_in_child(partial(way.prepare, self.place, patients))
        return Failpoints(partial(way.kill, self.place, patients), WATCHES)

    def recover(self) -> None:
        """In a child, because Kafka's clients have threads."""
        self._wait_for_the_dead()
        run_in_child(lambda: deliver_the_rest(self.place))

    def unfinished(self) -> int:
        """How many events have not taken effect."""
        with self.admin.connect() as admin:
            return admin.scalar(_UNFINISHED) or 0

    def violations(self) -> list[Violation]:
        history = history_of(self.place, self.admin)
        return violations(history, carrier_repeats=self.place.carrier == KAFKA)

    def _wait_for_the_dead(self) -> None:
        deadline = time.monotonic() + 10
        with self.admin.connect() as admin:
            while admin.scalar(_ALIVE):
                assert time.monotonic() < deadline
                admin.rollback()


_UNFINISHED = text("""
    SELECT (SELECT sum(version - 1) FROM patient_service.patients)
         - (SELECT count(*) FROM matching_service.effect)
""")
_ALIVE = text(
    "SELECT count(*) FROM pg_stat_activity"
    f" WHERE datname = current_database() AND usename IN ('{TELLER}_app', '{LISTENER}_app')"
)


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize(
    ("carrier", "way"),
    [
        pytest.param("on_postgres", STRAIGHT, id="postgres"),
        pytest.param("on_postgres", OVER_PARKING, id="postgres, over parking"),
        pytest.param("on_kafka", STRAIGHT, id="kafka"),
    ],
)
def test_a_kill_anywhere_between_change_and_effect_breaks_no_promise(
    database: Any,
    carrier: str,
    way: Way,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    scene = Scene(database, request.getfixturevalue(carrier))
    began = time.monotonic()
    points = scene.failpoints(way).record()
    died_before, unfinished_after = [], []
    numbers = chosen(len(points))
    for number in numbers:
        died_before.append(scene.failpoints(way).kill_at(number)[-1])
        scene.recover()
        if scene.unfinished():
            unfinished_after.append(died_before[-1])
    found = scene.violations()
    figures = {
        "points": len(points),
        "killed_at": len(numbers),
        "seconds": round(time.monotonic() - began, 1),
        "violations": len(found) + len(unfinished_after),
    }
    record_property("event_kills", figures)
    with capsys.disabled():
        print(f"\n{way.kill.__name__} on {scene.place.carrier}, killed: {figures}")
    assert died_before == [points[number] for number in numbers]
    assert unfinished_after == []
    assert found == []
