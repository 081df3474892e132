"""The public interface of the platform, as a member of staff uses it: JSON through the gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter

Json = dict[str, Any]

HANDS = 4  # requests at a time: more only queue up in front of two processors

_LONGEST_ANSWER_SECONDS = 300.0  # a wave over a whole country
_LONGEST_SILENCE_SECONDS = 60.0  # a stream gives a sign of life every 15
_PAGE = 500


class StoryFailed(RuntimeError):
    """The message says what was expected and what came instead."""


class Refused(StoryFailed):
    """The platform answered with a problem document."""

    def __init__(self, request: str, document: Json) -> None:
        super().__init__(f"{request}: {document}")
        self.slug = str(document.get("type", "")).removeprefix("/problems/")
        self.document = document


class Door:
    def __init__(self, gateway_url: str, token: str) -> None:
        self._url = gateway_url
        self._http = requests.Session()
        self._http.trust_env = False  # a proxy knows nothing about this machine
        self._http.mount("http://", HTTPAdapter(pool_maxsize=HANDS))
        self._http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> Json:
        return self._send("GET", path, params=query)

    def post(self, path: str, body: Json, *, key: str | None = None) -> Json:
        """`key`: the same request again has no second effect."""
        return self._send("POST", path, json=body, headers={"Idempotency-Key": key} if key else {})

    def put(self, path: str, body: Json) -> Json:
        return self._send("PUT", path, json=body)

    def total(self, path: str, **query: Any) -> int:
        return int(self.get(path, **query, limit=1)["total"])

    def every(self, path: str, **query: Any) -> Iterator[Json]:
        """All items of a list, page by page."""
        cursor: Json = {}
        while True:
            page = self.get(path, **query, **cursor, limit=_PAGE)
            yield from page["data"]
            if page["next"] is None:
                return
            cursor = {"cursor": page["next"]}

    def batch(self, path: str, ids: list[int]) -> Iterator[Json]:
        for first in range(0, len(ids), _PAGE):
            found = self.post(f"{path}/batch-get", {"ids": ids[first : first + _PAGE]})
            yield from found["data"]

    @contextmanager
    def listen(self, path: str, last_event_id: str) -> Iterator[Iterator[str]]:
        """The lines of an event stream as they come, until the block ends."""
        headers = {"Last-Event-ID": last_event_id}
        try:
            answer = self._http.get(
                self._url + path, headers=headers, stream=True, timeout=_LONGEST_SILENCE_SECONDS
            )
        except requests.RequestException as error:
            raise StoryFailed(f"GET {path}: {error}") from None
        if not answer.ok:
            raise Refused(f"GET {path}", cast("Json", answer.json()))
        try:
            yield answer.iter_lines(chunk_size=None, decode_unicode=True)
        finally:
            answer.raw.shutdown()  # somebody may be reading

    def _send(self, method: str, path: str, **options: Any) -> Json:
        request = f"{method} {path}"
        try:
            answer = self._http.request(
                method, self._url + path, timeout=_LONGEST_ANSWER_SECONDS, **options
            )
            document = cast("Json", answer.json())
        except (requests.RequestException, ValueError) as error:
            raise StoryFailed(f"{request}: {error}") from None
        if not answer.ok:
            raise Refused(request, document)
        return document
