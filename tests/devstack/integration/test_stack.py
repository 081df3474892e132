"""A stack is a folder: what it holds, and who may read it."""

import stat
from pathlib import Path

import pytest

from devstack.environment import environment_of, issuer_environment
from devstack.ports import SERVICES
from devstack.stack import Stack, open_stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return open_stack("b", tmp_path)


def test_secrets_are_generated_once(stack: Stack, tmp_path: Path) -> None:
    assert open_stack("b", tmp_path).credentials == stack.credentials


def test_two_stacks_share_no_secret(stack: Stack, tmp_path: Path) -> None:
    other = open_stack("c", tmp_path).credentials
    assert other.mailbox_key_secret != stack.credentials.mailbox_key_secret
    assert other.field_encryption_key != stack.credentials.field_encryption_key
    assert not set(other.app_passwords.values()) & set(stack.credentials.app_passwords.values())


def test_secrets_are_readable_by_their_owner_alone(stack: Stack) -> None:
    assert stat.S_IMODE((stack.folder / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "../b", "B", "-b", "b/c", "b" * 31])
def test_a_name_that_is_no_plain_word_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name for a stack"):
        open_stack(name, tmp_path)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_enters_the_database_with_its_own_role_only(stack: Stack, service: str) -> None:
    url = environment_of(stack, service)["DATABASE_URL"]
    assert url.startswith(f"postgresql+psycopg2://{service}_app:")
    assert stack.credentials.app_passwords[service] in url


@pytest.mark.parametrize("service", [s for s in SERVICES if s != "geocoding_service"])
def test_the_issuer_knows_the_secret_of_every_service_that_calls_others(
    stack: Stack, service: str
) -> None:
    known = issuer_environment(stack)[f"{service.upper()}_CLIENT_SECRET"]
    assert environment_of(stack, service)["SERVICE_CLIENT_SECRET"] == known


@pytest.mark.parametrize("secret", ["MAILBOX_KEY_SECRET", "FIELD_ENCRYPTION_KEY"])
def test_only_one_service_gets_each_special_secret(stack: Stack, secret: str) -> None:
    holders = [service for service in SERVICES if secret in environment_of(stack, service)]
    assert len(holders) == 1
