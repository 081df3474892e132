"""Which keys for health text may stand beside each other."""

import base64

import pytest

from patient_service.config import Config
from shared.config import ConfigError, read

KEY, OLD_KEY = (base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2))
ENVIRONMENT = {
    "ENVIRONMENT": "test",
    "DATABASE_URL": "postgresql+psycopg2://localhost/x",
    "OIDC_ISSUER": "http://issuer.example",
    "OIDC_JWKS_URL": "http://issuer.example/jwks",
    "OIDC_TOKEN_URL": "http://issuer.example/token",
    "SERVICE_CLIENT_SECRET": "only-for-tests",
    "GEOCODING_SERVICE_URL": "http://geocoding.example",
    "MATCHING_SERVICE_URL": "http://matching.example",
    "FIELD_ENCRYPTION_KEY": KEY,
    "FIELD_ENCRYPTION_KEY_ID": "k2",
}


def test_older_keys_keep_their_names() -> None:
    config = read(Config, {**ENVIRONMENT, "FIELD_ENCRYPTION_OLD_KEYS": f"k1:{OLD_KEY}"})
    assert config.field_encryption_old_keys == (("k1", OLD_KEY),)
    assert read(Config, ENVIRONMENT).field_encryption_old_keys == ()


@pytest.mark.parametrize(
    "older",
    ["k1:kurz", OLD_KEY, f"k2:{OLD_KEY}", f"k1:{OLD_KEY},k1:{KEY}"],
    ids=["too short", "no name", "the writing key's name", "one name twice"],
)
def test_an_older_key_that_cannot_be_told_apart_stops_the_start(older: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(Config, {**ENVIRONMENT, "FIELD_ENCRYPTION_OLD_KEYS": older})
    [problem] = refused.value.problems
    assert problem.startswith("FIELD_ENCRYPTION_OLD_KEYS: ")
