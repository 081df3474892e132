"""What buys a token: a service's client secret, or the code of a login."""

from collections.abc import Mapping
from hmac import compare_digest

from werkzeug.datastructures import Authorization

from devstack.issuer.authorization import Codes
from devstack.issuer.settings import SERVICE_CLIENTS
from devstack.issuer.tokens import SERVICE_TOKEN_SECONDS, USER_TOKEN_SECONDS, Mint


class TokenRefused(Exception):
    """`str()` is the OAuth error code."""


class Grants:
    def __init__(self, mint: Mint, codes: Codes, client_secrets: Mapping[str, str]) -> None:
        self._mint = mint
        self._codes = codes
        self._client_secrets = client_secrets

    def answer(
        self, form: Mapping[str, str], authorization: Authorization | None, now: int
    ) -> dict[str, str | int]:
        """The token endpoint's JSON; raises TokenRefused."""
        if form.get("grant_type") == "client_credentials":
            return self._for_service(form, authorization, now)
        if form.get("grant_type") == "authorization_code":
            return self._for_user(form, now)
        raise TokenRefused("unsupported_grant_type")

    def _for_service(
        self, form: Mapping[str, str], authorization: Authorization | None, now: int
    ) -> dict[str, str | int]:
        client = self._authenticated_client(form, authorization)
        audience = form.get("audience", "")
        if audience not in SERVICE_CLIENTS:
            raise TokenRefused("invalid_target")
        token = self._mint.service_token(client, audience, now)
        return _bearer(token, SERVICE_TOKEN_SECONDS)

    def _for_user(self, form: Mapping[str, str], now: int) -> dict[str, str | int]:
        redeemed = self._codes.redeem(form, now)
        if redeemed is None:
            raise TokenRefused("invalid_grant")
        login, user = redeemed
        id_token = self._mint.id_token(user, login.client, login.nonce, now)
        token = self._mint.user_token(user, login.client, now)
        return _bearer(token, USER_TOKEN_SECONDS) | {"id_token": id_token}

    def _authenticated_client(
        self, form: Mapping[str, str], authorization: Authorization | None
    ) -> str:
        if authorization is not None and authorization.type == "basic":
            client, secret = authorization.username, authorization.password
        else:
            client, secret = form.get("client_id"), form.get("client_secret")
        expected = self._client_secrets.get(client or "")
        known = expected is not None and secret is not None
        if not known or not compare_digest(str(secret).encode(), str(expected).encode()):
            raise TokenRefused("invalid_client")
        return str(client)


def _bearer(token: str, seconds: int) -> dict[str, str | int]:
    return {"access_token": token, "token_type": "Bearer", "expires_in": seconds}
