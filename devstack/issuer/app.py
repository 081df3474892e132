"""The issuer's HTTP door: discovery, keys, login form, tokens, userinfo."""

import os
import time
from collections.abc import Callable
from urllib.parse import urlencode

from flask import Flask, Response, current_app, jsonify, redirect, render_template, request
from joserfc.errors import JoseError
from werkzeug.wrappers import Response as AnyResponse

from devstack.issuer.authorization import (
    Codes,
    RefusedRequest,
    UntrustedRequest,
    check_sender,
    is_loopback,
    read_login,
)
from devstack.issuer.grants import Grants, TokenRefused
from devstack.issuer.settings import Settings, read_settings
from devstack.issuer.tokens import Mint, signing_key
from devstack.issuer.users import USERS


class Issuer:
    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.mint = Mint(settings.issuer_url, signing_key(settings.key_file))
        self.codes = Codes()
        self.grants = Grants(self.mint, self.codes, settings.client_secrets)
        self._clock = clock

    def now(self) -> int:
        return int(self._clock())


def create_app(settings: Settings | None = None, clock: Callable[[], float] = time.time) -> Flask:
    app = Flask(__name__)
    app.extensions["issuer"] = Issuer(settings or read_settings(os.environ), clock)
    app.add_url_rule("/.well-known/openid-configuration", view_func=discovery)
    app.add_url_rule("/jwks", view_func=jwks)
    app.add_url_rule("/authorize", view_func=show_login)
    app.add_url_rule("/authorize", view_func=log_in, methods=["POST"])
    app.add_url_rule("/token", view_func=token, methods=["POST"])
    app.add_url_rule("/userinfo", view_func=userinfo, methods=["GET", "POST"])
    app.register_error_handler(UntrustedRequest, _refuse_untrusted)
    app.register_error_handler(RefusedRequest, _redirect_refusal)
    app.register_error_handler(TokenRefused, _refuse_token)
    app.after_request(_open_to_loopback_pages)
    return app


def discovery() -> Response:
    url = _issuer().settings.issuer_url
    return jsonify(
        issuer=url,
        authorization_endpoint=f"{url}/authorize",
        token_endpoint=f"{url}/token",
        userinfo_endpoint=f"{url}/userinfo",
        jwks_uri=f"{url}/jwks",
        response_types_supported=["code"],
        grant_types_supported=["authorization_code", "client_credentials"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["RS256"],
        code_challenge_methods_supported=["S256"],
        token_endpoint_auth_methods_supported=["none", "client_secret_basic", "client_secret_post"],
        scopes_supported=["openid", "profile"],
    )


def jwks() -> Response:
    return jsonify(_issuer().mint.public_keys())


def show_login() -> str:
    check_sender(request.args)
    read_login(request.args)
    return render_template("anmelden.html", users=USERS.values())


def log_in() -> AnyResponse:
    check_sender(request.args)
    login = read_login(request.args)
    user = USERS.get(request.form.get("user", ""))
    if user is None:
        raise RefusedRequest("access_denied")
    code = _issuer().codes.issue(login, user, _issuer().now())
    return _send_back({"code": code})


def token() -> tuple[Response, dict[str, str]]:
    answer = _issuer().grants.answer(request.form, request.authorization, _issuer().now())
    return jsonify(answer), {"Cache-Control": "no-store"}


def userinfo() -> tuple[Response, int, dict[str, str]]:
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        user = USERS[_issuer().mint.subject_of(bearer, _issuer().now())]
    except (JoseError, ValueError, KeyError):
        refusal = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return jsonify(error="invalid_token"), 401, refusal
    return jsonify(sub=user.subject, name=user.name, roles=list(user.roles)), 200, {}


def _issuer() -> Issuer:
    issuer = current_app.extensions["issuer"]
    assert isinstance(issuer, Issuer)
    return issuer


def _send_back(answer: dict[str, str]) -> AnyResponse:
    """Only called with a redirect_uri that was checked."""
    if "state" in request.args:
        answer |= {"state": request.args["state"]}
    target = request.args["redirect_uri"]
    return redirect(f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}", 303)


def _refuse_untrusted(error: UntrustedRequest) -> tuple[str, int]:
    return render_template("abgelehnt.html", parameter=str(error)), 400


def _redirect_refusal(error: RefusedRequest) -> AnyResponse:
    return _send_back({"error": str(error)})


def _refuse_token(error: TokenRefused) -> tuple[Response, int]:
    return jsonify(error=str(error)), 401 if str(error) == "invalid_client" else 400


def _open_to_loopback_pages(response: Response) -> Response:
    """The web app in development has an origin of its own and reads these answers by script."""
    origin = request.headers.get("Origin", "")
    if is_loopback(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.vary.add("Origin")
    return response
