"""A process whose threads take turns, for tests with several of them."""

import time
from concurrent.futures import ThreadPoolExecutor

from geocoding_service.gateways.http_get import Deadline
from geocoding_service.storage.turns import Queue
from shared.db import Database


def take_turns(url: str, interval: float, threads: int, turns_each: int) -> list[float]:
    """When each turn came, on the monotonic clock, which all processes of a machine share."""
    database = Database(url)
    queue = Queue(database, "nominatim", interval)

    def wait(_: int) -> float:
        assert queue.wait(Deadline.within(60))
        return time.monotonic()

    with ThreadPoolExecutor(threads) as several:
        taken = list(several.map(wait, range(threads * turns_each)))
    database.dispose()
    return taken
