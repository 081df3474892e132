"""A request to log in: who asks, where the answer may go, and the one-time code in between."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from devstack.issuer.settings import WEB_CLIENT
from devstack.issuer.users import User

_CODE_SECONDS = 60
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})


class UntrustedRequest(Exception):
    """Nobody may be sent back to where this request says."""


class RefusedRequest(Exception):
    """The client is told by redirect; `str()` is the OAuth error code."""


@dataclass(frozen=True)
class Login:
    client: str
    redirect_uri: str
    state: str | None
    nonce: str | None
    code_challenge: str


def is_loopback(uri: str) -> bool:
    """`http://localhost:*` and `http://127.0.0.1:*` only."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    plain = not parts.fragment and "@" not in parts.netloc and "\\" not in uri
    return parts.scheme == "http" and parts.hostname in _LOOPBACK and port != 0 and plain


def check_sender(arguments: Mapping[str, str]) -> str:
    """The redirect_uri, when client and redirect_uri can be trusted."""
    if arguments.get("client_id") != WEB_CLIENT:
        raise UntrustedRequest("client_id")
    if not is_loopback(arguments.get("redirect_uri", "")):
        raise UntrustedRequest("redirect_uri")
    return arguments["redirect_uri"]


def read_login(arguments: Mapping[str, str]) -> Login:
    """Raises RefusedRequest; the sender has been checked before."""
    if arguments.get("response_type") != "code":
        raise RefusedRequest("unsupported_response_type")
    if arguments.get("code_challenge_method") != "S256" or not arguments.get("code_challenge"):
        raise RefusedRequest("invalid_request")
    if "openid" not in arguments.get("scope", "").split():
        raise RefusedRequest("invalid_scope")
    return Login(
        arguments["client_id"],
        arguments["redirect_uri"],
        arguments.get("state"),
        arguments.get("nonce"),
        arguments["code_challenge"],
    )


class Codes:
    """Every code buys one token, within a minute, by whoever holds the verifier to its challenge.

    Kept in memory: the issuer is one process, and a login interrupted by its restart is repeated.
    """

    def __init__(self) -> None:
        self._open: dict[str, tuple[Login, User, int]] = {}

    def issue(self, login: Login, user: User, now: int) -> str:
        code = secrets.token_urlsafe(32)
        self._open[code] = (login, user, now + _CODE_SECONDS)
        return code

    def redeem(self, arguments: Mapping[str, str], now: int) -> tuple[Login, User] | None:
        login, user, good_until = self._open.pop(arguments.get("code", ""), (None, None, 0))
        if login is None or user is None or now > good_until:
            return None
        proven = _challenge_of(arguments.get("code_verifier", "")) == login.code_challenge
        same_client = arguments.get("client_id") == login.client
        same_target = arguments.get("redirect_uri") == login.redirect_uri
        return (login, user) if proven and same_client and same_target else None


def _challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
