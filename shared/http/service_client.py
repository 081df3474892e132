"""Calls to another service: own token, the acting user, a time-out, and errors as values."""

from typing import Any

import requests
from opentelemetry.trace import SpanKind

from shared.auth import ServiceTokens
from shared.http.resource import ACTING_USER_HEADER
from shared.observability import tracing


class ServiceUnavailable(Exception):
    """The other service did not answer usefully; nothing is known about the call's effect."""


class ServiceRefused(Exception):
    """The other service answered, but not with what it was asked for: with a problem document."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__(f"{status} {document.get('type', '')}")
        self.status = status
        self.document = document

    @property
    def slug(self) -> str:
        return str(self.document.get("type", "")).removeprefix("/problems/")


class ServiceFailed(ServiceRefused):
    """The other service broke over this very call, or answered in a way that is not ours.

    Others of its answers may be sound, so this is no outage.
    """


_OUT_OF_SERVICE = {502, 503, 504}


class ServiceClient:
    """JSON over HTTP to one service."""

    def __init__(
        self, base_url: str, audience: str, tokens: ServiceTokens, *, timeout_seconds: float = 5.0
    ) -> None:
        self._base_url = base_url
        self._audience = audience
        self._tokens = tokens
        self._timeout = timeout_seconds
        self._http = requests.Session()

    def get(self, path: str, *, acting_for: str | None = None) -> dict[str, Any]:
        return self._send("GET", path, None, acting_for)

    def post(
        self,
        path: str,
        body: dict[str, Any],
        *,
        acting_for: str | None = None,
        key: str | None = None,
    ) -> dict[str, Any]:
        """The same `key` again is the same request again, where the other one remembers keys."""
        return self._send("POST", path, body, acting_for, key)

    def put(
        self, path: str, body: dict[str, Any], *, acting_for: str | None = None
    ) -> dict[str, Any]:
        return self._send("PUT", path, body, acting_for)

    def _send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        acting_for: str | None,
        key: str | None = None,
    ) -> dict[str, Any]:
        known = {"http.request.method": method, "service.peer.name": self._audience}
        with tracing.span(method, SpanKind.CLIENT, attributes=known) as call:
            answer = self._answer(method, path, body, acting_for, key)
            call.set_attribute("http.response.status_code", answer.status_code)
            if answer.status_code in _OUT_OF_SERVICE:
                raise ServiceUnavailable(f"{self._audience}: {answer.status_code}")
            return _document(answer)

    def _answer(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        acting_for: str | None,
        key: str | None,
    ) -> requests.Response:
        try:
            headers = {"Authorization": f"Bearer {self._tokens.token_for(self._audience)}"}
            if acting_for:
                headers[ACTING_USER_HEADER] = acting_for
            if key:
                headers["Idempotency-Key"] = key
            return self._http.request(
                method,
                self._base_url + path,
                json=body,
                headers={**headers, **tracing.headers()},
                timeout=self._timeout,
            )
        except (requests.RequestException, ValueError) as error:
            raise ServiceUnavailable(f"{self._audience}: {type(error).__name__}") from None


def _document(answer: requests.Response) -> dict[str, Any]:
    try:
        document = answer.json() if answer.content else {}
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ServiceFailed(answer.status_code, {})
    if answer.status_code < requests.codes.bad_request:
        return document
    if answer.status_code >= requests.codes.server_error or "type" not in document:
        raise ServiceFailed(answer.status_code, document)
    raise ServiceRefused(answer.status_code, document)
