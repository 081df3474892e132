"""Whose bearer tokens are believed, and for how long."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from shared.auth import InvalidToken, IssuerUnavailable, TokenVerifier
from tests.issuer import AUDIENCE, Issuer

LENIENCY_SECONDS = 30


@pytest.fixture
def own_issuer() -> Iterator[Issuer]:
    with closing(Issuer()) as issuer:
        yield issuer


def verifier(issuer: Issuer) -> TokenVerifier:
    return TokenVerifier(issuer.url, issuer.settings["oidc_jwks_url"], [AUDIENCE])


def test_a_token_says_who_calls_in_which_roles_and_until_when(issuer: Issuer) -> None:
    at = int(time.time()) + 100
    actor = verifier(issuer).verify(issuer.token("staff", "stranger", azp="staff-app", exp=at))
    assert (actor.subject, actor.roles, actor.client) == (
        "staff1",
        frozenset({"staff"}),
        "staff-app",
    )
    assert actor.until.timestamp() == at + LENIENCY_SECONDS


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://somebody.example"},
        {"aud": "somebody-else"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"roles": None},
        {"roles": "staff"},
    ],
    ids=str,
)
def test_a_token_that_claims_something_else_proves_nothing(
    issuer: Issuer, claims: dict[str, Any]
) -> None:
    believing = verifier(issuer)
    believing.verify(issuer.token())
    with pytest.raises(InvalidToken):
        believing.verify(issuer.token(**claims))


def test_a_token_that_was_believed_ends_all_the_same(issuer: Issuer) -> None:
    believing = verifier(issuer)
    ends_at = int(time.time()) + 2
    token = issuer.token(exp=ends_at - LENIENCY_SECONDS)
    believing.verify(token)
    while time.time() < ends_at + 1:
        continue
    with pytest.raises(InvalidToken):
        believing.verify(token)


def test_a_token_that_was_believed_goes_with_its_key(own_issuer: Issuer) -> None:
    token = own_issuer.token()
    verifier(own_issuer).verify(token)
    own_issuer.change_key()
    asking_anew = verifier(own_issuer)
    asking_anew.verify(own_issuer.token())
    with pytest.raises(InvalidToken):
        asking_anew.verify(token)


@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "claims", "signature"])
def test_an_altered_token_proves_nothing(issuer: Issuer, part: int) -> None:
    believing = verifier(issuer)
    token = issuer.token()
    believing.verify(token)
    parts = token.split(".")
    parts[part] = ("A" if parts[part][0] != "A" else "B") + parts[part][1:]
    with pytest.raises(InvalidToken):
        believing.verify(".".join(parts))


def test_without_keys_nobody_is_believed(own_issuer: Issuer) -> None:
    token = own_issuer.token()
    own_issuer.close()
    with pytest.raises(IssuerUnavailable):
        verifier(own_issuer).verify(token)
