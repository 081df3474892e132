"""What came out of a run, in tables, and which of its claims do not hold."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tests.races.collisions import collisions
from tests.races.meeting import Record
from tests.races.racer import NO_ANSWER, Deed
from tests.races.rules import RULES

SUCCESSFUL_AT_LEAST = 0.20
COLLISIONS_PER_REQUEST, ENOUGH_COLLISIONS = 0.01, 1_000
_REASONS_SHOWN = 4


class Tally:
    def __init__(self, record: Record, wanted: int) -> None:
        self._record = record
        self._wanted = wanted
        self._kinds: dict[str, list[Deed]] = defaultdict(list)
        for deed in record.deeds:
            self._kinds[deed.kind].append(deed)
        self.collisions = collisions(record.deeds)
        self.faults = Counter(
            f"{deed.kind}: {deed.status or deed.refused}"
            for deed in record.deeds
            if deed.status == NO_ANSWER or deed.status >= 500
        )

    def broken_claims(self) -> list[str]:
        record = self._record
        needed = min(ENOUGH_COLLISIONS, self._wanted * COLLISIONS_PER_REQUEST)
        few = [kind for kind, deeds in self._kinds.items() if _share(deeds) < SUCCESSFUL_AT_LEAST]
        shy = [one for one, count in self.collisions.items() if count < needed]
        found = Counter(one.rule for one in record.violations)
        return [
            *(f"violation: {rule}, {count} times" for rule, count in found.items()),
            *(f"server error: {fault}, {count} times" for fault, count in self.faults.items()),
            *(f"rarely successful: {kind}, {_share(self._kinds[kind]):.0%}" for kind in few),
            *(f"too few collisions: {one}, {self.collisions[one]}" for one in shy),
            *([f"parked events: {record.parked}"] if record.parked else []),
            *([f"deadlocks: {record.deadlocks}"] if record.deadlocks else []),
            *([f"only {self.requests} requests"] if self.requests < self._wanted else []),
        ]

    @property
    def requests(self) -> int:
        return len(self._record.deeds)

    def lines(self) -> Iterator[str]:
        record = self._record
        yield f"{'kind':28} {'sent':>7} {'2xx':>5} {'p50':>7} {'p99':>7}  refused"
        for kind, deeds in sorted(self._kinds.items()):
            yield _line(kind, deeds)
        yield _line("all", record.deeds)
        yield "true collisions"
        for invariant, count in self.collisions.items():
            yield f"  {count:7} {invariant}"
        found = Counter(one.rule for one in record.violations)
        yield f"violations, {record.checks} checks of {len(RULES)} rules: {found.total()}"
        for violation in record.violations[:20]:
            yield f"  {violation.rule}: {violation.id}"
        yield "meanwhile " + ", ".join(f"{count} {what}" for what, count in record.news.items())
        yield (
            f"{self.requests} requests in {record.seconds:.0f} s,"
            f" {self.requests / max(record.seconds, 0.001):.0f} a second;"
            f" deadlocks {record.deadlocks}, server errors {self.faults.total()},"
            f" parked events {record.parked}"
        )


def _line(kind: str, deeds: Sequence[Deed]) -> str:
    seconds = sorted(deed.ended - deed.began for deed in deeds) or [0.0]
    p50, p99 = (seconds[int(len(seconds) * share)] * 1000 for share in (0.5, 0.99))
    reasons = Counter(deed.refused for deed in deeds if deed.refused)
    why = "" if kind == "all" else _why(reasons)
    return f"{kind:28} {len(deeds):7} {_share(deeds):5.0%} {p50:4.0f} ms {p99:4.0f} ms  {why}"


def _why(reasons: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in reasons.most_common(_REASONS_SHOWN))


def _share(deeds: Sequence[Deed]) -> float:
    return sum(not deed.refused for deed in deeds) / max(1, len(deeds))
