"""`make bench BENCH=window`: until when an answer can stop a mail, and whether it then does.

From the claim of its permit to the end of its text a mail cannot be called back. Measured with a
durable PostgreSQL, matching in processes of its own and a mail server on loopback.
"""

import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import quantiles

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from bench import machine
from bench.window.stage import Stage, answers, arrivals, claims, on_stage
from tests.delivery.servers import own_database
from tests.issuer import Issuer

UNANSWERED, ANSWERED = 100, 200
WARM_UP = 5
SEED = 1


def main() -> None:
    issuer = Issuer()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            own_database(Path(folder) / "postgres", durable=True) as database,
        ):
            admin = create_engine(database.admin_url, poolclass=NullPool)
            print(*machine.described(admin), sep="\n", end="\n\n", flush=True)
            mails = Path(folder) / "mails"
            with on_stage(database, issuer, mails, WARM_UP + UNANSWERED + ANSWERED) as stage:
                _measure(stage, admin, mails)
    finally:
        issuer.close()


def _measure(stage: Stage, admin: Engine, mails: Path) -> None:
    stage.queue(WARM_UP + UNANSWERED)
    _send(stage, WARM_UP)
    known = set(arrivals(mails))
    took = _send(stage, UNANSWERED)
    print("| ms | mails | p50 | p99 | max |\n|---|---:|---:|---:|---:|")
    _print_window("nobody answers", admin, mails, known)
    known = set(arrivals(mails))
    stage.queue(ANSWERED)
    _race(stage, longest=1.5 * took / UNANSWERED)
    _print_window("an answer races every mail", admin, mails, known)
    print()
    outcome = _judge(arrivals(mails), claims(admin), answers(admin), known)
    print(outcome)
    assert outcome.races == ANSWERED, "an answer was refused"
    assert outcome.after_an_answer == 0, "a mail went out that an answer should have stopped"


def _send(stage: Stage, count: int) -> float:
    """Seconds."""
    begun = time.perf_counter()
    for _ in range(count):
        assert stage.worker.send_next() == 1
    return time.perf_counter() - begun


def _race(stage: Stage, longest: float) -> None:
    """Each mail is sent while an answer to it comes, at some moment of the attempt."""
    random = Random(SEED)  # noqa: S311  a race, not a secret
    for _ in range(ANSWERED):
        answer = stage.answer_to(stage.next_bundle())
        speaking = threading.Timer(random.uniform(0, longest), answer.give)
        speaking.start()
        stage.worker.now = datetime.now(UTC)
        assert stage.worker.send_next() == 1
        speaking.join()


def _print_window(name: str, admin: Engine, mails: Path, known: set[int]) -> None:
    claimed = claims(admin)
    windows = [
        1000 * (at - claimed[bundle]).total_seconds()
        for bundle, at in arrivals(mails).items()
        if bundle not in known
    ]
    cuts = quantiles(windows, n=100)
    row = (len(windows), *(f"{one:.1f}" for one in (cuts[49], cuts[98], max(windows))))
    print(f"| {name} | {' | '.join(map(str, row))} |", flush=True)


@dataclass(frozen=True)
class Outcome:
    """How the races ended: by whether the mail went out, and when the answer was recorded."""

    stopped: int
    in_the_window: int
    after_the_mail: int
    after_an_answer: int

    @property
    def races(self) -> int:
        return self.stopped + self.in_the_window + self.after_the_mail + self.after_an_answer

    def __str__(self) -> str:
        return (
            f"stopped by the answer: {self.stopped}; answered in the window: {self.in_the_window};"
            f" answered after the mail: {self.after_the_mail};"
            f" went out although the answer was recorded before the claim: {self.after_an_answer}"
        )


def _judge(
    arrived: Mapping[int, datetime],
    claimed: Mapping[int, datetime],
    answered: Mapping[int, datetime],
    known: set[int],
) -> Outcome:
    raced = [bundle for bundle in answered if bundle not in known]
    sent = [bundle for bundle in raced if bundle in arrived]
    lawful = [bundle for bundle in sent if claimed[bundle] < answered[bundle]]
    in_the_window = sum(answered[bundle] < arrived[bundle] for bundle in lawful)
    return Outcome(
        stopped=len(raced) - len(sent),
        in_the_window=in_the_window,
        after_the_mail=len(lawful) - in_the_window,
        after_an_answer=len(sent) - len(lawful),
    )


if __name__ == "__main__":
    main()
