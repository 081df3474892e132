"""What delivery measures. Labels are types, topics and loops: never keys or ids."""

from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.db import Database

RELAYED = Counter("outbox_relayed_events_total", "Ereignisse, die die Outbox verlassen haben")
HANDLED = Counter("consumer_events_total", "Eingetroffene Ereignisse", ["type", "outcome"])
UNREADABLE = Counter(
    "consumer_unreadable_messages_total",
    "Übersprungene Nachrichten, die kein Ereignis sind",
    ["topic"],
)
LAG = Gauge("consumer_lag_events", "Ereignisse, die noch nicht quittiert sind")
SECONDS_TO_EFFECT = Histogram(
    "consumer_event_to_effect_seconds",
    "Vom Ereignis bis zu seiner Wirkung",
    ["topic"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
)
LOOP_FAILURES = Counter("worker_loop_failures_total", "Gescheiterte Runden", ["loop"])

_BACKLOG = text("""
    SELECT (SELECT count(*) FROM outbox),
           coalesce((SELECT extract(epoch FROM clock_timestamp() - min(created_at))
                     FROM outbox), 0),
           (SELECT count(*) FROM parked),
           (SELECT count(*) FROM (SELECT DISTINCT topic, key FROM parked) AS k)
""")
_GAUGES = (
    ("outbox_events", "Ereignisse, die noch in der Outbox warten"),
    ("outbox_oldest_age_seconds", "Alter des ältesten Ereignisses in der Outbox"),
    ("parked_events", "Geparkte Ereignisse"),
    ("parked_keys", "Schlüssel, deren Ereignisse geparkt sind"),
)


class Backlog(Collector):
    """What waits in the database, looked up when somebody asks; absent while it is silent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            with self._database.transaction() as session:
                values = session.execute(_BACKLOG).one()
        except (DBAPIError, PoolTimeout):
            return
        for (name, meaning), value in zip(_GAUGES, values, strict=True):
            yield GaugeMetricFamily(name, meaning, value=float(value))
