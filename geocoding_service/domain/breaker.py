"""A server that keeps failing is left in peace, and now and then asked whether it is well again."""

from threading import Lock


class Breaker:
    """Closed: everybody may ask. After `failures` in a row open: nobody may, for `rest` seconds.
    Then half open: one may, and its luck decides; without news of it the next one may after as
    long a rest. Times are seconds on any clock that only goes forward."""

    def __init__(self, failures: int, rest: float) -> None:
        self._limit, self._rest = failures, rest
        self._failed = 0
        self._ask_again_at = 0.0
        self._lock = Lock()

    def allows(self, now: float) -> bool:
        with self._lock:
            if self._failed < self._limit:
                return True
            if now < self._ask_again_at:
                return False
            self._ask_again_at = now + self._rest
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failed = 0

    def failed(self, now: float) -> None:
        with self._lock:
            self._failed += 1
            if self._failed >= self._limit:
                self._ask_again_at = now + self._rest
