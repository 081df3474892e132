"""A token issuer for tests: real RS256 tokens, real JWKS over HTTP on loopback."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

AUDIENCE = "staff-api"


class Issuer:
    """Signs what a test wants to claim; `url` serves the keys."""

    def __init__(self) -> None:
        self.change_key()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _serving(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)
        self._thread.start()

    def change_key(self) -> None:
        """From now on only the new one is published."""
        self._key = RSAKey.generate_key(2048, {"kid": "test"})
        self.keys = json.dumps(KeySet([self._key]).as_dict(private=False)).encode()

    @property
    def settings(self) -> dict[str, Any]:
        """The fields of a service's config that name the issuer."""
        return {
            "oidc_issuer": self.url,
            "oidc_jwks_url": f"{self.url}/jwks",
            "oidc_token_url": f"{self.url}/token",
            "service_client_secret": "only-for-tests",
        }

    def token(self, *roles: str, subject: str = "staff1", **claims: Any) -> str:
        now = int(time.time())
        payload = {
            "iss": self.url,
            "sub": subject,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 3600,
            "roles": list(roles or ("staff",)),
            **claims,
        }
        return jwt.encode({"alg": "RS256", "kid": "test"}, payload, self._key)

    def bearer(self, *roles: str, **claims: Any) -> dict[str, str]:
        """The Authorization header of somebody with these roles; staff when none is given."""
        return {"Authorization": f"Bearer {self.token(*roles, **claims)}"}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _serving(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(issuer.keys)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(b'{"access_token": "only-for-tests", "expires_in": 3600}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silent."""

        def _answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.close()
