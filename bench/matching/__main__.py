"""`make bench BENCH=matching`: prints what docs/benchmarks.md holds about planning."""

import hashlib
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from random import Random

import numpy as np
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from bench import machine
from bench.matching import in_sql, one_bundle_api, staff_at_work, waves
from bench.matching.germany import RHINELAND, TODAY, WHOLE, Germany, germany
from bench.matching.one_bundle import (
    Ready,
    by_loops,
    by_nested_loop,
    by_numpy,
    by_plan,
    eligible_by_loops,
)
from matching_service.domain.fast import pairs
from matching_service.domain.fast.columns import Columns
from tests.conftest import Database
from tests.delivery.servers import own_database
from tests.issuer import Issuer
from tests.matching_service.crowd import crowd

THERAPISTS, SEARCHES, MANY_SEARCHES = 30_000, 20_000, 100_000
ROUNDS = 4
FEWER_SEARCHES = 10_000
REQUESTS = 410
SESSIONS, SECONDS_AT_WORK = (50, 100, 200), 60.0
PINNED = Path(__file__).parent / "pinned_bounds.json"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        Path(folder).chmod(0o755)
        with own_database(Path(folder) / "postgres", durable=True) as database:
            admin = create_engine(database.admin_url, poolclass=NullPool)
            print(*machine.described(admin), sep="\n", flush=True)
            for searches in (SEARCHES, MANY_SEARCHES):
                _one_bundle(database, searches)
    for number in (FEWER_SEARCHES, SEARCHES):
        _created(number)
    _staff()
    _plans_own_load()
    _wave()
    _nested_loop()
    _quality()
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:,.0f} MB")


def _one_bundle(database: Database, searches: int) -> None:
    _title(f"One bundle, {THERAPISTS:,} therapists, {searches:,} searches")
    ready = Ready.of(germany(THERAPISTS, searches))
    print(f"columns {ready.megabytes:.0f} MB\n")
    with database.engine(database.admin_url).connect() as connection:
        in_sql.load(connection, ready)

        def by_sql(ready: Ready, therapist: int) -> list[int]:
            return in_sql.eligible(connection, ready, therapist)

        arms: dict[str, tuple[Callable[[Ready, int], object], int]] = {
            "planner": (by_loops, 2_000),
            "numpy, every search": (by_numpy, 60),
            "nested loop, the rules": (by_nested_loop, 3),
            "PostgreSQL, hard constraints only": (by_sql, 200),
        }
        _agree(ready, by_sql)
        _print_arms(ready, arms)


def _agree(ready: Ready, by_sql: Callable[[Ready, int], list[int]]) -> None:
    """All arms give the same, for some therapists."""
    for therapist in _some(ready, 20, seed=5):
        chosen = by_loops(ready, therapist)
        assert chosen == by_numpy(ready, therapist)
        assert eligible_by_loops(ready, therapist) == by_sql(ready, therapist)
    for therapist in _some(ready, 3, seed=6):
        chosen = by_loops(ready, therapist)
        assert chosen == by_nested_loop(ready, therapist) == by_plan(ready, therapist)


def _print_arms(ready: Ready, arms: dict[str, tuple[Callable[[Ready, int], object], int]]) -> None:
    waits: dict[str, list[float]] = {name: [] for name in arms}
    for turn in range(ROUNDS):
        for name, (arm, count) in arms.items():
            for therapist in _some(ready, count, seed=turn):
                began = time.perf_counter()
                arm(ready, therapist)
                waits[name].append((time.perf_counter() - began) * 1000)
    _table(
        ["", "p50 ms", "p99 ms", "max ms", "calls"],
        [
            [name, *(f"{cut:,.3f}" for cut in np.percentile(wait, (50, 99, 100))), str(len(wait))]
            for name, wait in waits.items()
        ],
    )


def _some(ready: Ready, count: int, seed: int) -> list[int]:
    return Random(seed).sample(range(len(ready.therapists)), count)  # noqa: S311 - sample data


@contextmanager
def _desk(
    fill: Callable[[Database], None], workers: int = 1
) -> Iterator[tuple[Database, str, Issuer]]:
    """A database that waits for its disk, the service's URL, and who signs tokens."""
    with ExitStack() as until_the_end:
        folder = until_the_end.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        Path(folder).chmod(0o755)
        database = until_the_end.enter_context(
            own_database(Path(folder) / "postgres", durable=True)
        )
        issuer = until_the_end.enter_context(closing(Issuer()))
        fill(database)
        url = until_the_end.enter_context(
            one_bundle_api.matching_service(database, issuer, workers)
        )
        yield database, url, issuer


def _created(searches: int) -> None:
    _title(f"One bundle through the API, committed, {searches:,} active searches")
    world = germany(THERAPISTS, searches)
    with _desk(lambda database: one_bundle_api.populate(database, world)) as (_, url, issuer):
        asked = one_bundle_api.some_therapists(world, REQUESTS)
        took = one_bundle_api.creations(url, issuer, asked)
    _table(
        ["p50 ms", "p95 ms", "p99 ms", "max ms", "requests", "bundles"],
        [
            [f"{one:,.0f}" for one in (took.p50, took.p95, took.p99, took.worst)]
            + [str(took.requests), str(took.bundles)]
        ],
    )


def _staff() -> None:
    def fill(database: Database) -> None:
        crowd(database.engine(database.admin_url), FEWER_SEARCHES)
        staff_at_work.gather_therapists(database)

    with _desk(fill, workers=2) as (_, url, issuer):
        for sessions in SESSIONS:
            _title(f"{sessions} sessions beside years of work, {FEWER_SEARCHES:,} searches")
            _print_waits(
                staff_at_work.at_work(url, issuer, FEWER_SEARCHES, sessions, SECONDS_AT_WORK)
            )
        _title(f"Eligible therapists, {staff_at_work.IN_REACH:,} in reach, one after the other")
        first, others = staff_at_work.eligible(url, issuer, 40)
    _print_waits({"again": others})
    print(f"\nfor the first time in a process: {first:,.0f} ms")


def _print_waits(waits: Mapping[str, staff_at_work.Waits]) -> None:
    _table(
        ["", "p50 ms", "p95 ms", "p99 ms", "requests"],
        [
            [name, *(f"{cut:,.0f}" for cut in (took.p50, took.p95, took.p99)), str(took.requests)]
            for name, took in waits.items()
        ],
    )


def _plans_own_load() -> None:
    _title("A wave through the API, committed, 100 searches × 50 therapists")
    world = germany(50, 100, box=RHINELAND)
    with _desk(lambda database: one_bundle_api.populate(database, world)) as (_, url, issuer):
        spent, bundles = staff_at_work.whole_wave(url, issuer)
    print(f"{spent:.2f} s, {bundles} bundles")


def _wave() -> None:
    _title(f"A whole wave, {THERAPISTS:,} therapists, {SEARCHES:,} searches")
    world = germany(THERAPISTS, SEARCHES)
    waves.steps_of_a_wave(germany(300, 300))
    turns = [waves.steps_of_a_wave(world) for _ in range(2)]
    _table(
        ["step", "best of two, s"],
        [[name, f"{min(turn[name] for turn in turns):,.2f}"] for name in turns[0]],
    )
    columns = Columns.of(*waves.in_order(world), TODAY)
    spent, edges = waves.timed(lambda: pairs.edges_of(columns))
    looked_at = waves.bytes_of_the_filter_pass(columns, len(edges[1]))
    speed = waves.bandwidth()
    print(
        f"\nfilter pass: {looked_at / 1e6:,.0f} MB looked at and written in {spent:.2f} s; a copy"
        f" moves {speed / 1e9:.1f} GB/s, so {spent / (looked_at / speed):.1f} times"
        " what the bytes need"
    )


def _nested_loop() -> None:
    _title("Against the nested loop, equal output asserted")
    rows = []
    region = germany(1_000, 3_000, box=RHINELAND)
    for name, world, only in (
        ("1,000 × 3,000, Rhineland, all pairs", region, None),
        (f"200 of {THERAPISTS:,} × {SEARCHES:,}", germany(THERAPISTS, SEARCHES, box=WHOLE), 200),
    ):
        slow, fast, count = waves.nested_loop(world, only)
        per_pair = (f"{slow / count * 1e9:,.0f}", f"{fast / count * 1e9:,.2f}")
        rows.append([name, f"{slow:.2f}", f"{fast:.4f}", *per_pair, f"{slow / fast:,.0f}"])
    _table(["filter pass", "loop s", "planner s", "loop ns/pair", "planner ns/pair", "ratio"], rows)
    slow, fast = waves.both_plans(region)
    print(f"\nwhole plan, 1,000 × 3,000: by the rules {slow:.2f} s, compiled {fast:.2f} s, equal")


def _quality() -> None:
    for name, tight in (("1,000 × 3,000, 5 to 25 contacts each", False), ("1 to 25, few", True)):
        _title(f"Quality, Rhineland, {name}")
        world = germany(1_000, 3_000, box=RHINELAND, tight=tight)
        bound, unbound, found = waves.qualities(world)
        bound = _pinned(name, world, bound)
        _table(
            ["", "value", "of the bound", "s"],
            [
                [way, f"{value:,.1f}", f"{value / bound:.1%}", f"{spent:.3f}"]
                for way, (value, spent) in found.items()
            ],
        )
        print(f"\nbound {bound:,.2f}; without the guarantee {unbound:,.2f}")


def _pinned(name: str, world: Germany, bound: float) -> float:
    """The best bound that was ever proven for exactly these people."""
    people = hashlib.sha256(repr(world).encode()).hexdigest()[:16]
    kept = json.loads(PINNED.read_text()).get(name)
    if kept is None or kept["people"] != people:
        print(f"no bound is pinned for these people: {people} {bound:.6f}\n")
        return bound
    return min(bound, float(kept["bound"]))


def _title(text: str) -> None:
    print(f"\n### {text}\n\nload {os.getloadavg()[0]:.1f}\n", flush=True)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for row in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
