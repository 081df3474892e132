"""Tells a conversation of v1/ to the real service and hears how the answers differ."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.communication_service.loopback import WsgiApp, serving, token_desk
from tests.contracts.canonical import Memory, differences
from tests.contracts.conversations import Conversation, Exchange, content_of, every_answer
from tests.contracts.outside import nominatim, osrm
from tests.contracts.service_apps import create_app
from tests.contracts.v1.scenes import Scenes
from tests.issuer import Issuer

VERSIONED, OLD = "/api/v1/", "/api/"
_HOUR = 3600
_OUTSIDE = {"nominatim": nominatim, "osrm": osrm}
_LOOKUPS = {
    "LOOKUP_SECRET": "only-for-tests",
    "NOMINATIM_CONTACT": "tests@example.org",
    "NOMINATIM_INTERVAL_MS": "0",
}


class Telling:
    """`prefix` is how the paths begin. The service and its neighbours end with `until_end`."""

    def __init__(
        self,
        conversation: Conversation,
        prefix: str,
        database: Any,
        issuer: Issuer,
        folder: Path,
        until_end: ExitStack,
    ) -> None:
        self._conversation, self._prefix, self._issuer = conversation, prefix, issuer
        self._memory = Memory()
        around = _Neighbourhood(database, issuer, folder, until_end)
        neighbours = {name: around.open(name) for name in conversation.neighbours}
        app = around.create_app(conversation.service)
        until_end.callback(app.extensions["door"].database.dispose)
        self._client = app.test_client()
        houses = {**neighbours, conversation.service.removesuffix("_service"): app}
        self._scenes = Scenes(app, houses, issuer.bearer("staff"), folder)

    def faults(self) -> dict[str, list[str]]:
        """Exchange → how the answer differs, of those where it does."""
        heard = {one.name: list(self._differences(one)) for one in self._conversation.exchanges}
        return {name: found for name, found in heard.items() if found}

    def _differences(self, exchange: Exchange) -> Iterator[str]:
        try:
            for step in exchange.given:
                self._happens(step)
            answer = self._ask(exchange)
            gives = self._memory.filled(exchange.gives)
        except KeyError as unknown:
            yield f"nobody is called {unknown} yet"
            return
        if answer.status_code != exchange.answer:
            said = answer.get_data(as_text=True)[:300]
            yield f"expected {exchange.answer}, got {answer.status_code} {said}"
        else:
            yield from differences(gives, answer.get_json(silent=True), self._memory)
        if answer.mimetype != "application/json":
            yield f"Content-Type: got {answer.mimetype}"
        yield from self._different_headers(exchange, answer)

    def _different_headers(self, exchange: Exchange, answer: TestResponse) -> Iterator[str]:
        for name, expected in (*every_answer().items(), *exchange.headers):
            yield from differences(expected, _header(answer, name), self._memory, name)
        successor = self._conversation.successor
        if successor and answer.status_code != HTTPStatus.NOT_FOUND:
            target = successor.replace("{id}", _last_id(exchange.path))
            expected = f'<{self._memory.filled(target)}>; rel="successor-version"'
            if expected not in (_header(answer, "Link") or ""):
                yield f"Link: expected {expected}, got {_header(answer, 'Link')}"

    def _happens(self, step: dict[str, Any]) -> None:
        if "scene" in step:
            outcome = self._scenes.play(self._memory.filled(step["scene"]))
        else:
            outcome = self._succeed(step["send"], self._memory.filled(step["body"]))
        if "as" in step:
            self._memory.known[step["as"]] = outcome

    def _succeed(self, send: str, body: Any) -> Any:
        answer = self._ask(Exchange(name=send, send=send, body=body, answer=200, gives=None))
        assert answer.status_code < 400, f"{send}: {answer.get_data(as_text=True)}"
        return (answer.get_json() or {}).get("id")

    def _ask(self, exchange: Exchange) -> TestResponse:
        method, path = exchange.send.split()
        headers = self._bearer(exchange.by)
        content = self._content(exchange)
        return self._client.open(self._spelled(path), method=method, headers=headers, **content)

    def _content(self, exchange: Exchange) -> dict[str, Any]:
        if exchange.content is not None:
            return {"data": content_of(exchange), "content_type": exchange.type}
        return {} if exchange.body is None else {"json": self._body(exchange.body)}

    def _body(self, body: Any) -> Any:
        """`{read: path}` is what that path answers, sent back as it came."""
        if isinstance(body, dict) and body.keys() == {"read"}:
            path = self._spelled(body["read"])
            return self._client.get(path, headers=self._bearer("staff")).get_json()
        return self._memory.filled(body)

    def _spelled(self, path: str) -> str:
        filled: str = self._memory.filled(path)
        return filled.replace(VERSIONED, self._prefix, 1)

    def _bearer(self, who: str) -> dict[str, str]:
        match who:
            case "nobody":
                return {}
            case "somebody whose token has expired":
                return self._issuer.bearer("staff", exp=int(time.time()) - _HOUR)
            case role:
                return self._issuer.bearer(role)


class _Neighbourhood:
    """Whoever was opened is within reach of what is created afterwards."""

    def __init__(self, database: Any, issuer: Issuer, folder: Path, until_end: ExitStack) -> None:
        self._database, self._issuer, self._folder = database, issuer, folder
        self._until_end = until_end
        self._settings = {"OIDC_TOKEN_URL": f"{self._serve(token_desk(issuer))}/token", **_LOOKUPS}

    def open(self, name: str) -> Flask | None:
        """None when it is outside the house."""
        if name in _OUTSIDE:
            self._settings[f"{name.upper()}_URL"] = self._serve(_OUTSIDE[name])
            return None
        app = self.create_app(f"{name}_service")
        self._settings[f"{name.upper()}_SERVICE_URL"] = self._serve(app)
        return app

    def create_app(self, service: str) -> Flask:
        url = self._database.url(service)
        return create_app(service, url, self._issuer, self._folder, self._settings)

    def _serve(self, app: WsgiApp) -> str:
        return self._until_end.enter_context(serving(app))


def _last_id(path: str) -> str:
    """As it stands in the path, which may go on behind it."""
    *_, last = re.findall(r"/(\{\w+\}|\d+)(?=/|$)", path) or [path.rsplit("/", 1)[-1]]
    return str(last)


def _header(answer: TestResponse, name: str) -> str | None:
    """A header may come in several lines."""
    return ", ".join(answer.headers.getlist(name)) or None
