"""Processes that are killed and come again under their names."""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from tests.failpoints.harness import ended, forked

Role: TypeAlias = Callable[[str], None]
"""Is given the name of the process and of its present life, like `relay-2/17`."""


class EndedByItself(AssertionError):
    """A process left before anybody killed it; its log says why."""


class Crew:
    """`roles` name the work of each process, like `relay-2`. What they print goes to `log`."""

    def __init__(self, roles: Mapping[str, Role], log: Path) -> None:
        self.kills: Counter[str] = Counter()
        self._roles = dict(roles)
        self._log = log
        self._lives: Counter[str] = Counter()
        self._pids = {name: self._started(name) for name in self._roles}

    @property
    def names(self) -> list[str]:
        return sorted(self._pids)

    def kill(self, name: str) -> None:
        """By SIGKILL; another one starts at once."""
        self._end(name)
        self.kills[name.partition("-")[0]] += 1
        self._pids[name] = self._started(name)

    def dismiss(self, role: str) -> None:
        """By SIGKILL, for good."""
        for name in [name for name in self._pids if name.startswith(role)]:
            self._end(name)

    def dismiss_all(self) -> None:
        self.dismiss("")

    def _end(self, name: str) -> None:
        pid = self._pids.pop(name)
        os.kill(pid, signal.SIGKILL)
        if (status := ended(pid)) != -signal.SIGKILL:
            raise EndedByItself(f"{name} with {status}, see {self._log}")

    def _started(self, name: str) -> int:
        self._lives[name] += 1

        def work() -> None:
            # Not only by their numbers: the test runner has put its own in place of both.
            sys.stdout = sys.stderr = log = self._log.open("a", buffering=1)
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            self._roles[name](f"{name}/{self._lives[name]}")

        return forked(work)
