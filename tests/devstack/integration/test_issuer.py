"""The development issuer: who gets which token, and who gets none."""

import base64
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet

from devstack.issuer.app import create_app
from devstack.issuer.settings import NotForProduction, Settings, read_settings

ISSUER = "http://127.0.0.1:8007"
NOW = 1_800_000_000
SECRET = "a secret of the matching service"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().strip("=")
LOGIN = {
    "response_type": "code",
    "client_id": "staff-web",
    "redirect_uri": "http://localhost:5173/callback",
    "scope": "openid profile",
    "state": "back&here",
    "nonce": "n1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> FlaskClient:
    return create_app(settings_in(tmp_path), clock).test_client()


def settings_in(folder: Path) -> Settings:
    return Settings(ISSUER, folder / "key.json", {"matching-service": SECRET})


def claims_of(client: FlaskClient, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(client.get("/jwks").get_json())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


def log_in(client: FlaskClient, user: str = "staff1", **changes: str) -> dict[str, list[str]]:
    """The parameters with which the browser is sent back."""
    answer = client.post("/authorize", query_string=LOGIN | changes, data={"user": user})
    assert answer.status_code == 303
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def redeem(client: FlaskClient, code: str, **changes: str) -> Any:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "staff-web",
        "redirect_uri": LOGIN["redirect_uri"],
        "code_verifier": VERIFIER,
    }
    return client.post("/token", data=form | changes)


def test_discovery_names_addresses_of_this_issuer(client: FlaskClient) -> None:
    document = client.get("/.well-known/openid-configuration").get_json()
    assert document["issuer"] == ISSUER
    assert document["jwks_uri"] == f"{ISSUER}/jwks"
    assert document["code_challenge_methods_supported"] == ["S256"]


def test_the_published_keys_hold_no_private_part(client: FlaskClient) -> None:
    (key,) = client.get("/jwks").get_json()["keys"]
    assert key["kid"]
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)


def test_a_service_gets_a_token_for_the_service_it_calls(client: FlaskClient) -> None:
    form = {"grant_type": "client_credentials", "audience": "patient-service"}
    answer = client.post("/token", data=form, auth=("matching-service", SECRET))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert claims_of(client, answer.get_json()["access_token"]) == {
        "iss": ISSUER,
        "sub": "matching-service",
        "client_id": "matching-service",
        "aud": "patient-service",
        "roles": ["service"],
        "iat": NOW,
        "exp": NOW + answer.get_json()["expires_in"],
    }


@pytest.mark.parametrize(
    ("client_id", "secret", "audience", "error", "status"),
    [
        ("matching-service", "guessed", "patient-service", "invalid_client", 401),
        ("matching-service", "", "patient-service", "invalid_client", 401),
        ("nobody", SECRET, "patient-service", "invalid_client", 401),
        ("matching-service", SECRET, "staff-api", "invalid_target", 400),
        ("matching-service", SECRET, "", "invalid_target", 400),
    ],
)
def test_a_service_gets_no_token(
    client: FlaskClient, client_id: str, secret: str, audience: str, error: str, status: int
) -> None:
    form = {"grant_type": "client_credentials", "audience": audience}
    answer = client.post("/token", data=form, auth=(client_id, secret))
    assert (answer.status_code, answer.get_json()) == (status, {"error": error})


def test_an_unknown_grant_is_refused(client: FlaskClient) -> None:
    answer = client.post("/token", data={"grant_type": "password"})
    assert (answer.status_code, answer.get_json()) == (400, {"error": "unsupported_grant_type"})


def test_the_login_form_offers_the_seeded_users_and_warns(client: FlaskClient) -> None:
    page = client.get("/authorize", query_string=LOGIN).get_data(as_text=True)
    assert "Erika Beispiel" in page
    assert "Entwicklungssystem" in page


@pytest.mark.parametrize(("user", "roles"), [("staff1", ["staff"]), ("admin1", ["admin"])])
def test_a_login_gives_a_token_of_the_chosen_user(
    client: FlaskClient, user: str, roles: list[str]
) -> None:
    sent_back = log_in(client, user)
    assert sent_back["state"] == ["back&here"]
    tokens = redeem(client, sent_back["code"][0]).get_json()
    claims = claims_of(client, tokens["access_token"])
    assert (claims["sub"], claims["aud"], claims["roles"]) == (user, "staff-api", roles)
    assert claims["client_id"] == "staff-web"
    assert claims["exp"] - claims["iat"] == 8 * 60 * 60
    identity = claims_of(client, tokens["id_token"])
    assert (identity["sub"], identity["aud"], identity["nonce"]) == (user, "staff-web", "n1")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 64},
        {"code_verifier": ""},
        {"client_id": "another"},
        {"redirect_uri": "http://localhost:5173/elsewhere"},
        {"code": "guessed"},
    ],
)
def test_a_code_is_worth_nothing_to_somebody_else(
    client: FlaskClient, changes: dict[str, str]
) -> None:
    code = log_in(client)["code"][0]
    answer = redeem(client, **{"code": code} | changes)
    assert (answer.status_code, answer.get_json()) == (400, {"error": "invalid_grant"})


def test_a_code_buys_one_token_only(client: FlaskClient) -> None:
    code = log_in(client)["code"][0]
    assert redeem(client, code).status_code == 200
    assert redeem(client, code).status_code == 400


def test_a_code_is_worth_nothing_after_a_minute(client: FlaskClient, clock: Clock) -> None:
    code = log_in(client)["code"][0]
    clock.now += 61
    assert redeem(client, code).status_code == 400


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://platzsuche.example/callback",
        "http://localhost.evil.example/",
        "http://localhost@evil.example/",
        "http://evil.example/?http://localhost:1",
        "http://localhost:80:90/",
        "http://localhost:5173/#fragment",
        "http://localhost\\@evil.example/",
        "javascript:alert(1)",
        "//localhost/",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_is_sent_to_another_machine(
    client: FlaskClient, redirect_uri: str, method: str
) -> None:
    query = LOGIN | {"redirect_uri": redirect_uri}
    answer = client.open("/authorize", method=method, query_string=query, data={"user": "staff1"})
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_an_unknown_client_is_not_sent_back(client: FlaskClient) -> None:
    answer = client.get("/authorize", query_string=LOGIN | {"client_id": "another"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
    ],
)
def test_an_incomplete_login_is_sent_back_with_the_reason(
    client: FlaskClient, changes: dict[str, str], error: str
) -> None:
    assert log_in(client, **changes)["error"] == [error]


def test_nobody_logs_in_as_somebody_unknown(client: FlaskClient) -> None:
    assert log_in(client, user="mallory")["error"] == ["access_denied"]


def test_userinfo_describes_the_bearer(client: FlaskClient) -> None:
    token = redeem(client, log_in(client)["code"][0]).get_json()["access_token"]
    answer = client.get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.get_json() == {"sub": "staff1", "name": "Erika Beispiel", "roles": ["staff"]}


def test_userinfo_refuses_an_expired_token(client: FlaskClient, clock: Clock) -> None:
    token = redeem(client, log_in(client)["code"][0]).get_json()["access_token"]
    clock.now += 8 * 60 * 60 + 1
    answer = client.get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer x.y.z", "Basic abc"])
def test_userinfo_refuses_what_is_no_token(client: FlaskClient, authorization: str) -> None:
    answer = client.get("/userinfo", headers={"Authorization": authorization})
    assert answer.status_code == 401


def test_tokens_outlive_a_restart_of_the_issuer(
    client: FlaskClient, tmp_path: Path, clock: Clock
) -> None:
    token = redeem(client, log_in(client)["code"][0]).get_json()["access_token"]
    restarted = create_app(settings_in(tmp_path), clock).test_client()
    assert claims_of(restarted, token)["sub"] == "staff1"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("http://localhost:5173", "http://localhost:5173"), ("https://evil.example", None)],
)
def test_only_pages_of_this_machine_may_read_answers(
    client: FlaskClient, origin: str, allowed: str | None
) -> None:
    answer = client.get("/jwks", headers={"Origin": origin})
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed


def test_the_issuer_does_not_start_in_production() -> None:
    with pytest.raises(NotForProduction):
        read_settings({"ENVIRONMENT": "production"})
