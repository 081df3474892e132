"""What the stream measures. No label names a person or a page."""

from prometheus_client import Counter, Gauge, Histogram

OPEN = Gauge("stream_open", "Offene Ereignisströme", multiprocess_mode="livesum")
HEAD = Gauge(
    "stream_head", "Nummer des letzten Ereignisses für die Seiten", multiprocess_mode="livemax"
)
REFUSED = Counter("stream_refused_total", "Abgewiesene Ereignisströme", ["limit"])
DROPPED = Counter("stream_dropped_total", "Von hier aus beendete Ereignisströme", ["reason"])
RESETS = Counter("stream_resets_total", "Seiten, die zu lange fort waren und neu laden müssen")
SECONDS_TO_PAGES = Histogram(
    "stream_event_to_pages_seconds",
    "Vom Ereignis, bis es an die offenen Seiten geht",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
