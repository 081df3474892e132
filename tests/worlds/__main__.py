"""`make worlds`: the ordeal of the matching core, as many tiny worlds as are asked for."""

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pprint import pformat
from typing import NamedTuple

from tests.worlds.case import Violation
from tests.worlds.generator import world_of
from tests.worlds.ordeal import Outcome, undergo

_THOROUGH_ONE_IN = 10
_BATCH = 250
_SHOWN_AT_MOST = 5
_REPORT_EVERY_SECONDS = 5.0


class Tally(NamedTuple):
    """Of some worlds: how many are of which kind, and those in which a promise was broken."""

    kinds: Counter[str]
    broken: dict[int, list[Violation]]


def main() -> int:
    wanted = _arguments()
    if wanted.world is not None:
        return _replay(wanted.world)
    print(f"{wanted.worlds} worlds from seed {wanted.seed}", flush=True)
    started, kinds, broken = time.monotonic(), Counter[str](), dict[int, list[Violation]]()
    reported = started
    for tally in _tallies(range(wanted.seed, wanted.seed + wanted.worlds), wanted.processes):
        kinds += tally.kinds
        broken |= tally.broken
        if time.monotonic() - reported > _REPORT_EVERY_SECONDS:
            reported = time.monotonic()
            _report(kinds["worlds"], len(broken), reported - started)
    _report(kinds["worlds"], len(broken), time.monotonic() - started)
    return _verdict(kinds, broken)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.worlds")
    parser.add_argument("--worlds", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6) * 10**6)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--world", type=int, help="replay this one alone")
    return parser.parse_args()


def _tallies(seeds: range, processes: int) -> Iterator[Tally]:
    batches = [seeds[first : first + _BATCH] for first in range(0, len(seeds), _BATCH)]
    if processes == 1:
        yield from map(_tally, batches)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(_tally, batches)


def _tally(seeds: Sequence[int]) -> Tally:
    tally = Tally(Counter(), {})
    for seed in seeds:
        try:
            outcome = undergo(world_of(seed), thoroughly=seed % _THOROUGH_ONE_IN == 0)
        except Exception:
            print(f"  world {seed} ended in an exception", flush=True)
            raise
        tally.kinds.update(_kinds(outcome))
        if outcome.violations:
            tally.broken[seed] = outcome.violations
    return tally


def _kinds(outcome: Outcome) -> Iterator[str]:
    yield "worlds"
    bundles = outcome.plan.bundles
    found = {
        "with a bundle": bool(bundles),
        "with two or more": len(bundles) > 1,
        "with a relaxed tier": any(one.relaxed for bundle in bundles for one in bundle.members),
        "with a thin region": any(one.size_exception == "thin_region" for one in bundles),
        "with a refused pin": bool(outcome.plan.refused_pins),
        "whose best plan is known": outcome.reached is not None,
        "whose best plan was found": outcome.reached is not None and outcome.reached > 1 - 1e-9,
    }
    yield from (kind for kind, is_so in found.items() if is_so)


def _report(worlds: int, broken: int, seconds: float) -> None:
    print(f"  {worlds} worlds, {worlds / seconds:.0f} a second, {broken} broken", flush=True)


def _verdict(kinds: Counter[str], broken: dict[int, list[Violation]]) -> int:
    for kind, count in kinds.items():
        print(f"  {count / kinds['worlds']:7.2%} {kind}")
    counted = Counter(one.what for violations in broken.values() for one in violations)
    for what, count in counted.most_common():
        seeds = [seed for seed, found in broken.items() if what in {one.what for one in found}]
        print(f"  {count} x {what}: --world {' '.join(map(str, seeds[:_SHOWN_AT_MOST]))}")
    if broken:
        _replay(next(iter(broken)))
    print(f"{kinds['worlds']} worlds, {counted.total()} violations")
    return 1 if broken else 0


def _replay(seed: int) -> int:
    world = world_of(seed)
    outcome = undergo(world)
    print(f"world {seed}:\n{pformat(world)}\n{pformat(outcome.plan)}")
    for violation in outcome.violations:
        print(f"  {violation.what}: {violation.who}")
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
