"""How many mails wait, and how long the oldest has been waiting; by provider, never by address."""

from collections import Counter
from datetime import datetime

from prometheus_client import Gauge

from communication_service.domain.mail_providers import LABELS, label_of
from communication_service.storage import sending_pace
from communication_service.wiring import Wiring
from shared.db import Database

_LENGTH = Gauge("mail_queue_length", "Mails, die hinausgehen sollen und noch warten", ["provider"])
_OLDEST = Gauge(
    "mail_queue_oldest_seconds", "so lange wartet die älteste davon schon", ["provider"]
)


def watch_queue(database: Database, _wiring: Wiring, now: datetime) -> int:
    """Returns nothing to go on with: every round sees all of them."""
    length, oldest = Counter[str](), dict.fromkeys(LABELS, 0.0)
    with database.transaction() as session:
        for provider, count, since in sending_pace.waiting(session, now):
            label = label_of(provider)
            length[label] += count
            oldest[label] = max(oldest[label], (now - since).total_seconds())
    for label in LABELS:
        _LENGTH.labels(label).set(length[label])
        _OLDEST.labels(label).set(oldest[label])
    return 0
