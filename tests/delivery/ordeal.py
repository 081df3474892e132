"""Real processes deliver events while somebody kills them at random; then the judge reads."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from shared.config import KAFKA
from shared.db import Database
from shared.events.carriers import open_transport
from shared.events.transport import Transport, TransportLost
from tests.delivery.crew import Crew, Role
from tests.delivery.judge import Violation, violations
from tests.delivery.parties import (
    EFFECT,
    LISTENER,
    TOPIC,
    Place,
    Ward,
    add_patients,
    consume,
    produce,
    relay,
)
from tests.delivery.records import history_of
from tests.failpoints.harness import run_in_child

TELLERS = RELAYS = CONSUMERS = 2
PATIENTS = 100
EFFECTS_BETWEEN_KILLS = 10
_SETTLED_WITHIN_SECONDS = 60.0
_LONGEST_STANDSTILL_SECONDS, _LOOK_EVERY_SECONDS = 20.0, 0.1


class Broker(Protocol):
    """A Kafka of this run alone."""

    def kill(self) -> None: ...
    def launch(self) -> object: ...


@dataclass(frozen=True)
class Terms:
    """How much and how hard. A seed repeats the choice of victims and pauses, not the timing.

    `events_per_broker`: after how many effects the broker dies again.
    """

    events: int
    seed: int
    longest_seconds: float
    pause_seconds: tuple[float, float] = (0.2, 1.0)
    events_per_broker: int = 10_000
    ward: Ward = field(default_factory=Ward)


class Progress(NamedTuple):
    told: int
    effects: int
    waiting: int
    parked: int

    @property
    def is_at_rest(self) -> bool:
        return self.effects >= self.told and not self.waiting and not self.parked


@dataclass(frozen=True)
class Outcome:
    """Without rest the judge finds lost what is only late."""

    told: int
    effects: int
    carried: int
    ever_parked: int
    kills: Counter[str]
    seconds: float
    came_to_rest: bool
    violations: list[Violation]

    def figures(self) -> dict[str, object]:
        return {
            "told": self.told,
            "effects": self.effects,
            "carried_again": self.carried - self.told,
            "parked": self.ever_parked,
            "kills": dict(sorted(self.kills.items())),
            "seconds": round(self.seconds, 1),
            "came_to_rest": self.came_to_rest,
            "violations": len(self.violations),
        }


class Ordeal:
    """One run. `admin_url` is a superuser's, for looking on and for hurrying parked events."""

    def __init__(
        self, place: Place, admin_url: str, terms: Terms, log: Path, broker: Broker | None = None
    ) -> None:
        self._place = place
        # Keeps no connection, for children inherit what is open.
        self._admin = create_engine(admin_url, poolclass=NullPool)
        self._terms = terms
        self._log = log
        self._broker = broker
        self._chance = random.Random(terms.seed)

    def run(self, report: Callable[[float, Progress], None] = lambda *_: None) -> Outcome:
        """Until every event has taken effect, or the time is over."""
        began = time.monotonic()
        with self._crew() as crew:
            at_rest = self._kill_until_rest(crew, report)
            seconds = time.monotonic() - began
            run_in_child(self._settle)
        return self._judged(crew.kills, seconds, at_rest)

    @contextmanager
    def _crew(self) -> Iterator[Crew]:
        with self._admin.begin() as admin:
            admin.execute(text(EFFECT))
        crew = Crew(self._roles(_patients(self._place)), self._log)
        try:
            yield crew
        finally:
            crew.dismiss_all()

    def _roles(self, patients: list[int]) -> dict[str, Role]:
        place, terms = self._place, self._terms

        def tell(life: str) -> None:
            produce(place, patients, seed=f"{terms.seed}/{life}")

        def listen(life: str) -> None:
            consume(place, life.partition("/")[0], terms.ward)

        return {
            **{f"teller-{n}": tell for n in range(TELLERS)},
            **{f"relay-{n}": lambda _: relay(place) for n in range(RELAYS)},
            **{f"consumer-{n}": listen for n in range(CONSUMERS)},
        }

    def _kill_until_rest(self, crew: Crew, report: Callable[[float, Progress], None]) -> bool:
        """Whether they came to rest before the time was over."""
        began = time.monotonic()
        while (seconds := time.monotonic() - began) < self._terms.longest_seconds:
            progress = self._progress()
            report(seconds, progress)
            self._kill_broker_if_due(crew.kills, progress)
            if progress.told >= self._terms.events:
                crew.dismiss("teller")
                # They may have told more since the last look.
                if self._progress().is_at_rest:
                    return True
            self._let_them_work(progress)
            crew.kill(self._victim(crew))
        return False

    def _victim(self, crew: Crew) -> str:
        """One of every role, tellers first because they leave first; then whom chance picks."""
        spared = (name for name in reversed(crew.names) if name.partition("-")[0] not in crew.kills)
        return next(spared, None) or self._chance.choice(crew.names)

    def _kill_broker_if_due(self, kills: Counter[str], progress: Progress) -> None:
        if (
            self._broker
            and progress.effects > (kills["broker"] + 1) * self._terms.events_per_broker
        ):
            kills["broker"] += 1
            self._broker.kill()
            self._broker.launch()

    def _let_them_work(self, before: Progress) -> None:
        """A while, and longer when little happens: on a slow machine nobody would get anywhere."""
        time.sleep(self._chance.uniform(*self._terms.pause_seconds))
        enough = min(before.told, before.effects + EFFECTS_BETWEEN_KILLS)
        patience = time.monotonic() + _LONGEST_STANDSTILL_SECONDS
        while self._progress().effects < enough and time.monotonic() < patience:
            time.sleep(_LOOK_EVERY_SECONDS)

    def _progress(self) -> Progress:
        """Parked events are due at once, as after `make replay`."""
        with self._admin.begin() as admin:
            admin.execute(_REPLAY)
            return Progress(*admin.execute(_PROGRESS).one())

    def _settle(self) -> None:
        """Until nothing is under way any more: the last commit of a killed teller may come late,
        and an event that comes again could be a second effect."""
        looking = open_transport(LISTENER, self._place.listener("judge"), [TOPIC])
        deadline = time.monotonic() + _SETTLED_WITHIN_SECONDS
        while not self._is_settled(looking) and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_SECONDS)

    def _is_settled(self, looking: Transport) -> bool:
        try:
            return self._progress().is_at_rest and not looking.lag()
        except TransportLost:  # the broker has just died
            return False

    def _judged(self, kills: Counter[str], seconds: float, at_rest: bool) -> Outcome:
        history = history_of(self._place, self._admin)
        return Outcome(
            told=len(history.told),
            effects=len(history.effects),
            carried=len(history.carried),
            ever_parked=self._ever_parked(),
            kills=kills,
            seconds=seconds,
            came_to_rest=at_rest,
            violations=violations(history, carrier_repeats=self._place.carrier == KAFKA),
        )

    def _ever_parked(self) -> int:
        """About: a number that was taken and rolled back counts, too."""
        last = "SELECT pg_sequence_last_value(pg_get_serial_sequence(:parked, 'id'))"
        with self._admin.connect() as admin:
            return admin.scalar(text(last), {"parked": f"{LISTENER}.parked"}) or 0


def _patients(place: Place) -> list[int]:
    database = Database(place.teller_url)
    with database.transaction() as session:
        patients = add_patients(session, PATIENTS)
    database.dispose()
    return patients


_REPLAY = text("""
    UPDATE matching_service.parked SET next_attempt_at = now() WHERE next_attempt_at > now()
""")
_PROGRESS = text("""
    SELECT (SELECT coalesce(sum(version - 1), 0) FROM patient_service.patients),
           (SELECT count(*) FROM matching_service.effect),
           (SELECT count(*) FROM patient_service.outbox),
           (SELECT count(*) FROM matching_service.parked)
""")
