"""Who calls: bearer tokens of the configured OIDC issuer, and our own tokens for other services."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

STAFF, ADMIN, SERVICE = "staff", "admin", "service"
ROLES = frozenset({STAFF, ADMIN, SERVICE})
UNKNOWN_CLIENT = "unknown"
FOREVER = datetime.max.replace(tzinfo=UTC)

_ALGORITHMS = ["RS256"]
_KEYS_KEPT_SECONDS = 600
_KEYS_ASKED_AT_MOST_EVERY_SECONDS = 5
_LEEWAY_SECONDS = 30
_RENEW_BEFORE_SECONDS = 60
_TIMEOUT_SECONDS = 5
_TOKENS_REMEMBERED = 1_000


class InvalidToken(Exception):
    """The token proves nothing; `str()` says why, without repeating the token."""


class IssuerUnavailable(Exception):
    """Nobody can be authenticated for now: the issuer's keys could not be read."""


@dataclass(frozen=True)
class Actor:
    """The authenticated caller. `acting_for` is the user on whose behalf a service calls, `client`
    the program that the token was issued to, as the issuer names it. After `until` nobody believes
    the token any more."""

    subject: str
    roles: frozenset[str]
    acting_for: str | None = None
    client: str = UNKNOWN_CLIENT
    until: datetime = FOREVER

    @property
    def name(self) -> str:
        """Who is recorded on writes."""
        return self.acting_for or self.subject

    def may(self, allowed: Iterable[str]) -> bool:
        """An admin may do all that staff may."""
        held = self.roles | ({STAFF} if ADMIN in self.roles else set())
        return not held.isdisjoint(allowed)


class _Keys:
    """Of the issuer. A page sends one token with all its requests: as long as these keys are kept,
    its signature is looked at once. Whether it is still good is asked every time."""

    def __init__(self, keys: KeySet) -> None:
        decode = partial(jwt.decode, key=keys, algorithms=_ALGORITHMS)
        self.decode: Callable[[str], jwt.Token] = lru_cache(maxsize=_TOKENS_REMEMBERED)(decode)


class TokenVerifier:
    """Checks signature, issuer, audience and time of a bearer token against the issuer's JWKS."""

    def __init__(self, issuer: str, jwks_url: str, audiences: Iterable[str]) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._audiences = frozenset(audiences)
        self._keys: _Keys | None = None
        self._asked_at = float("-inf")
        self._lock = threading.Lock()

    def verify(self, token: str) -> Actor:
        """Raises InvalidToken or IssuerUnavailable."""
        try:
            claims = self._decode(token).claims
            self._registry().validate(claims)
        except (JoseError, ValueError, TypeError, UnicodeError) as error:
            raise InvalidToken(type(error).__name__) from None
        return self._actor(claims)

    def _decode(self, token: str) -> jwt.Token:
        keys = self._current_keys(refresh=False)
        try:
            return keys.decode(token)
        except (JoseError, ValueError):
            # The issuer may have rotated its key since we asked.
            fresh = self._current_keys(refresh=True)
            if fresh is keys:
                raise
            return fresh.decode(token)

    def _registry(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "values": sorted(self._audiences)},
            sub={"essential": True},
            exp={"essential": True},
        )

    def _actor(self, claims: dict[str, object]) -> Actor:
        subject, roles = claims["sub"], claims.get("roles")
        if not isinstance(subject, str) or not isinstance(roles, list):
            raise InvalidToken("roles")
        return Actor(
            subject,
            ROLES.intersection(r for r in roles if isinstance(r, str)),
            client=_client(claims),
            until=_until(claims),
        )

    def _current_keys(self, *, refresh: bool) -> _Keys:
        with self._lock:
            age = time.monotonic() - self._asked_at
            wait = _KEYS_ASKED_AT_MOST_EVERY_SECONDS if refresh else _KEYS_KEPT_SECONDS
            if self._keys is None or age > wait:
                self._keys = self._fetch_keys()
                self._asked_at = time.monotonic()
            return self._keys

    def _fetch_keys(self) -> _Keys:
        try:
            answer = requests.get(self._jwks_url, timeout=_TIMEOUT_SECONDS)
            answer.raise_for_status()
            return _Keys(KeySet.import_key_set(answer.json()))
        except (requests.RequestException, JoseError, ValueError, KeyError) as error:
            if self._keys is not None:
                return self._keys
            raise IssuerUnavailable(type(error).__name__) from None


def _client(claims: Mapping[str, object]) -> str:
    """By the claim of access tokens (RFC 9068), or that of OpenID Connect."""
    named = claims.get("client_id") or claims.get("azp")
    return named if isinstance(named, str) else UNKNOWN_CLIENT


def _until(claims: Mapping[str, object]) -> datetime:
    """The verified `exp` and our leniency; a year that no clock has means for ever."""
    try:
        return datetime.fromtimestamp(float(str(claims["exp"])) + _LEEWAY_SECONDS, UTC)
    except (ValueError, OverflowError, OSError):
        return FOREVER


class ServiceTokens:
    """Client-credentials tokens for calls to other services, cached per audience."""

    def __init__(self, token_url: str, client_id: str, client_secret: str) -> None:
        self._token_url = token_url
        self._credentials = (client_id, client_secret)
        self._kept: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def token_for(self, audience: str) -> str:
        """Raises requests.RequestException when the issuer does not answer."""
        with self._lock:
            token, good_until = self._kept.get(audience, ("", 0.0))
            if time.monotonic() >= good_until:
                token, seconds = self._request(audience)
                good_until = time.monotonic() + seconds - _RENEW_BEFORE_SECONDS
                self._kept[audience] = (token, good_until)
            return token

    def _request(self, audience: str) -> tuple[str, int]:
        answer = requests.post(
            self._token_url,
            data={"grant_type": "client_credentials", "audience": audience},
            auth=self._credentials,
            timeout=_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        body = answer.json()
        return str(body["access_token"]), int(body["expires_in"])
