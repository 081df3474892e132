"""A page of the web app, as far as it listens: nobody reloads it, and it hears of every answer."""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import requests

from devstack.story.checks import Check
from devstack.story.door import Door

_STREAM = "/api/v2/stream"
_FROM_THE_BEGINNING = "0"
_GIVEN_UP_AFTER_SECONDS = 10.0


@dataclass
class OpenPage:
    """`answers`: inquiry → seconds from the answer until the page heard of it, or None when it was
    given before the page was opened. `is_behind`: some are older than what is kept."""

    opened_at: datetime
    answers: dict[int, float | None] = field(default_factory=dict)
    is_behind: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    def hears_of(self, bundle_ids: Iterable[int]) -> Check:
        """Waits for what is still on its way."""
        wanted = set(bundle_ids)
        with self.changed:
            self.changed.wait_for(
                lambda: self.is_behind or wanted <= set(self.answers), _GIVEN_UP_AFTER_SECONDS
            )
        missing = set() if self.is_behind else wanted - set(self.answers)
        live = [seconds for seconds in self.answers.values() if seconds is not None]
        aside = f", spätestens nach {max(live):.2f} s" if live else ""
        claim = f"eine offene Seite erfährt von selbst von jeder Antwort{aside}"
        return Check(claim, not missing, sorted(missing))

    def read(self, lines: Iterable[str]) -> None:
        event = ""
        for line in lines:
            name, _, text = line.partition(": ")
            if name == "event":
                event = text
            elif name == "data":
                with self.changed:
                    self._take(event, text)
                    self.changed.notify_all()
                event = ""

    def _take(self, event: str, text: str) -> None:
        if event:
            self.is_behind = self.is_behind or event == "reset"
            return
        news = json.loads(text)
        if news["type"] == "bundle.responded":
            at = datetime.fromisoformat(news["at"])
            seconds = (datetime.now(UTC) - at).total_seconds()
            self.answers[news["subject"]["id"]] = seconds if at > self.opened_at else None


@contextmanager
def open_page(door: Door) -> Iterator[OpenPage]:
    """From the beginning, so that a story told again hears of the same answers."""
    page = OpenPage(datetime.now(UTC))
    with door.listen(_STREAM, _FROM_THE_BEGINNING) as lines:
        threading.Thread(target=_listen, args=[page, lines], daemon=True).start()
        yield page


def _listen(page: OpenPage, lines: Iterable[str]) -> None:
    try:
        page.read(lines)
    except requests.RequestException:
        return  # the page was closed
