"""Many open pages, read by one thread that notes when each number came."""

import re
import selectors
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_NUMBER = re.compile(rb"id: (\d+)\ndata")


class Pages:
    """Open from the beginning to the end of the block."""

    def __init__(self, url: str, bearers: Sequence[Mapping[str, str]]) -> None:
        address = urlsplit(url)
        self._address = (str(address.hostname), address.port or 80)
        self._bearers = bearers
        self._heard: list[tuple[int, float]] = []
        self._enough = threading.Event()
        self._reader = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._open = selectors.DefaultSelector()
        for bearer in self._bearers:
            self._open.register(self._page(bearer), selectors.EVENT_READ)
        self._reader.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        time.sleep(0.5)  # what was told last is on its way
        self._enough.set()
        self._reader.join()
        for key in list(self._open.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._open.close()

    def delays(self, told_at: Mapping[int, float]) -> list[float]:
        """Milliseconds from commit to page, one for every number and page. Raises AssertionError
        when a page has missed one."""
        heard = [(number, at) for number, at in self._heard if number in told_at]
        assert len(heard) == len(told_at) * len(self._bearers), (len(heard), len(told_at))
        return [1000 * max(0.0, at - told_at[number]) for number, at in heard]

    def _page(self, bearer: Mapping[str, str]) -> socket.socket:
        page = socket.create_connection(self._address, timeout=30)
        page.sendall(
            f"GET /api/v2/stream HTTP/1.1\r\nHost: a\r\n"
            f"Authorization: {bearer['Authorization']}\r\n\r\n".encode()
        )
        answer = page.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return page

    def _read(self) -> None:
        while not self._enough.is_set():
            for key, _ in self._open.select(0.1):
                chunk = key.fileobj.recv(65536)  # type: ignore[union-attr]
                now = time.monotonic()
                self._heard += [(int(number), now) for number in _NUMBER.findall(chunk)]
