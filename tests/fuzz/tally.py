"""What came back, and which of the four claims hold."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

_SUCCESSFUL_SHARE = 0.30


@dataclass(frozen=True)
class Fault:
    """`how` is a command that sends the request again."""

    check: str
    operation: str
    message: str
    how: str
    answer: str

    def __str__(self) -> str:
        parts = (f"{self.check}: {self.operation}", self.message, self.how, self.answer)
        return "\n    ".join(part for part in parts if part)


@dataclass
class Tally:
    operations: dict[str, list[str]]
    statuses: dict[tuple[str, str], Counter[int]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    faults: list[Fault] = field(default_factory=list)

    def count(self, service: str, operation: str, status: int) -> None:
        self.statuses[service, operation][status] += 1

    @property
    def requests(self) -> int:
        return self.count_of()

    def count_of(self, service: str | None = None) -> int:
        return sum(counter.total() for counter in self._counters(service))

    def share(self, service: str | None = None) -> float:
        """Of 2xx among the answers."""
        successes = sum(_successes(counter) for counter in self._counters(service))
        return successes / max(1, self.count_of(service))

    def never_successful(self) -> dict[str, list[str]]:
        """Service → its operations that were never answered 2xx."""
        missing = {
            service: [one for one in operations if not _successes(self.statuses[service, one])]
            for service, operations in self.operations.items()
        }
        return {service: operations for service, operations in missing.items() if operations}

    def server_errors(self) -> list[str]:
        return [
            f"{service}: {operation} {status}"
            for (service, operation), counter in self.statuses.items()
            for status in counter
            if status >= 500
        ]

    def _counters(self, service: str | None) -> list[Counter[int]]:
        return [counter for (of, _), counter in self.statuses.items() if service in (None, of)]

    def broken_claims(self) -> list[str]:
        share = self.share()
        too_few = [f"only {share:.1%} of all answers are 2xx"] if share < _SUCCESSFUL_SHARE else []
        return [
            *self.server_errors(),
            *(str(fault) for fault in self.faults),
            *(
                f"never 2xx: {service} {operation} {dict(self.statuses[service, operation])}"
                for service, operations in self.never_successful().items()
                for operation in operations
            ),
            *too_few,
        ]


def _successes(counter: Counter[int]) -> int:
    return sum(times for status, times in counter.items() if 200 <= status < 300)
