"""The secrets of docker-compose.yml: written once, never changed, never shown to others."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from devstack.compose_env import complete
from tests.deploy.compose_file import fresh_secrets


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = fresh_secrets(tmp_path / "a"), fresh_secrets(tmp_path / "b")
    assert not set(one.values()) & set(other.values())
    assert len(set(one.values())) == len(one)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    fresh_secrets(tmp_path)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_what_is_there_stays_and_what_is_missing_joins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("POSTGRES_PASSWORD=mine\nSOMETHING_ELSE=1")
    assert "POSTGRES_PASSWORD" not in complete(file)
    lines = file.read_text().splitlines()
    assert lines[:2] == ["POSTGRES_PASSWORD=mine", "SOMETHING_ELSE=1"]
    assert complete(file) == []
    assert file.read_text().splitlines() == lines


def test_a_secret_that_is_there_for_the_shell_too_stays(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("export POSTGRES_PASSWORD=mine\n")
    assert "POSTGRES_PASSWORD" not in complete(file)


@pytest.mark.parametrize("nothing", ["", '""', "''", " "])
def test_an_empty_value_is_a_missing_one_as_for_compose(tmp_path: Path, nothing: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"POSTGRES_PASSWORD={nothing}\n")
    assert "POSTGRES_PASSWORD" in complete(file)


def test_health_texts_can_be_encrypted_with_the_generated_key(tmp_path: Path) -> None:
    key = Fernet(fresh_secrets(tmp_path)["FIELD_ENCRYPTION_KEY"])
    assert key.decrypt(key.encrypt(b"text")) == b"text"
