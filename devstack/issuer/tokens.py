"""The issuer's signing key and the three kinds of tokens that it signs (JWT, RS256)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from devstack.credentials import write_private
from devstack.issuer.settings import STAFF_API
from devstack.issuer.users import User

USER_TOKEN_SECONDS = 8 * 60 * 60
SERVICE_TOKEN_SECONDS = 10 * 60

_ALGORITHM = "RS256"


def signing_key(file: Path) -> RSAKey:
    """The key in this file; generated when there is none, so that tokens outlive restarts."""
    if not file.exists():
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": _ALGORITHM}, auto_kid=True)
        write_private(file, json.dumps(key.as_dict(private=True)))
    return RSAKey.import_key(json.loads(file.read_text()))


@dataclass(frozen=True)
class Mint:
    """`now` is in seconds since 1970."""

    issuer_url: str
    key: RSAKey

    def user_token(self, user: User, client: str, now: int) -> str:
        claims = {
            "sub": user.subject,
            "client_id": client,
            "aud": STAFF_API,
            "roles": list(user.roles),
        }
        return self._sign(claims, now, USER_TOKEN_SECONDS)

    def service_token(self, client: str, audience: str, now: int) -> str:
        claims = {"sub": client, "client_id": client, "aud": audience, "roles": ["service"]}
        return self._sign(claims, now, SERVICE_TOKEN_SECONDS)

    def id_token(self, user: User, client: str, nonce: str | None, now: int) -> str:
        claims = {"sub": user.subject, "aud": client, "name": user.name}
        return self._sign(claims | ({"nonce": nonce} if nonce else {}), now, USER_TOKEN_SECONDS)

    def subject_of(self, user_token: str, now: int) -> str:
        """Raises joserfc's JoseError or ValueError for anything but a valid token of a user."""
        claims = jwt.decode(user_token, self.key, algorithms=[_ALGORITHM]).claims
        rules = jwt.JWTClaimsRegistry(now=now, aud={"essential": True, "value": STAFF_API})
        rules.validate(claims)
        return str(claims["sub"])

    def public_keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def _sign(self, claims: dict[str, Any], now: int, seconds: int) -> str:
        header = {"alg": _ALGORITHM, "kid": self.key.kid, "typ": "JWT"}
        times = {"iss": self.issuer_url, "iat": now, "exp": now + seconds}
        return jwt.encode(header, claims | times, self.key)
