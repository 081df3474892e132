"""Services' web processes on loopback, in this process, and an issuer of service tokens."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from tests.issuer import Issuer

WsgiApp = Callable[[WSGIEnvironment, StartResponse], Any]


class Line:
    """To a service; with a `fault` it answers everything with that status."""

    def __init__(self, app: Flask) -> None:
        self.extensions = app.extensions
        self.fault: int | None = None
        self._app = app
        self._meanwhile: tuple[str, str, Callable[[], object]] | None = None

    def just_before(self, method: str, path_ends: str, happens: Callable[[], object]) -> None:
        """Once, before the service gets the next such request."""
        self._meanwhile = method, path_ends, happens

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Any:
        if self._meanwhile is not None:
            method, path_ends, happens = self._meanwhile
            if environ["REQUEST_METHOD"] == method and environ["PATH_INFO"].endswith(path_ends):
                self._meanwhile = None
                happens()
        answer = Response(status=self.fault) if self.fault else self._app
        return answer(environ, start)


@contextmanager
def serving(app: WsgiApp) -> Iterator[str]:
    """The base URL under which the app answers inside the block."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        extensions = getattr(app, "extensions", {})
        if "door" in extensions:
            extensions["door"].database.dispose()


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Says nothing."""


def token_desk(issuer: Issuer) -> WsgiApp:
    """Issues real service tokens to whoever asks."""

    @Request.application
    def desk(request: Request) -> Response:
        client = request.authorization.username if request.authorization else None
        token = issuer.token("service", subject=str(client), aud=request.form["audience"])
        return Response(
            f'{{"access_token": "{token}", "expires_in": 3600}}', mimetype="application/json"
        )

    return desk
