from typing import Any

import pytest

from shared.config import ConfigError, read
from therapist_service.config import Config

ENVIRON = {
    "ENVIRONMENT": "test",
    "DATABASE_URL": "postgresql+psycopg2://nobody@127.0.0.1:9/none",
    "OIDC_ISSUER": "http://127.0.0.1:9",
    "OIDC_JWKS_URL": "http://127.0.0.1:9",
    "OIDC_TOKEN_URL": "http://127.0.0.1:9",
    "SERVICE_CLIENT_SECRET": "only-for-tests",
    "GEOCODING_SERVICE_URL": "http://127.0.0.1:9",
    "MATCHING_SERVICE_URL": "http://127.0.0.1:9",
    "MAILBOX_KEY_SECRET": "only-for-tests",
}
FOLDER = {"SCRAPER_FOLDER": "/srv/scraper"}
BUCKET = {
    "SCRAPER_BUCKET": "scraper",
    "SCRAPER_ACCESS_KEY_ID": "key",
    "SCRAPER_SECRET_ACCESS_KEY": "secret",
}


@pytest.mark.parametrize(
    ("storage", "every"),
    [
        (FOLDER, 3),
        (BUCKET, 300),
        (FOLDER | {"SCRAPER_EVERY_SECONDS": "60"}, 60),
        (BUCKET | {"SCRAPER_EVERY_SECONDS": "60"}, 60),
    ],
)
def test_a_bucket_is_looked_at_less_often_than_a_folder(storage: Any, every: int) -> None:
    assert read(Config, ENVIRON | storage).look_every_seconds == every


@pytest.mark.parametrize(
    ("storage", "named"),
    [
        ({}, ["SCRAPER_FOLDER, SCRAPER_BUCKET"]),
        (FOLDER | BUCKET, ["SCRAPER_FOLDER, SCRAPER_BUCKET"]),
        ({"SCRAPER_BUCKET": "b"}, ["SCRAPER_ACCESS_KEY_ID", "SCRAPER_SECRET_ACCESS_KEY"]),
        (FOLDER | {"SCRAPER_EVERY_SECONDS": "86401"}, ["SCRAPER_EVERY_SECONDS"]),
        (BUCKET | {"SCRAPER_ENDPOINT_URL": "s3.local"}, ["SCRAPER_ENDPOINT_URL"]),
    ],
)
def test_exactly_one_storage_must_be_named_and_whole(storage: Any, named: list[str]) -> None:
    with pytest.raises(ConfigError) as refused:
        read(Config, ENVIRON | storage)
    assert [problem.partition(":")[0] for problem in refused.value.problems] == named
