"""A stack is a folder: what it holds, and who may read it."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from devstack.broker import broker_of
from devstack.carrier import carrier_named, carrier_of, remember
from devstack.environment import environment_of, issuer_environment
from devstack.life_cycle import up
from devstack.ports import SERVICES
from devstack.stack import Stack, open_stack
from devstack.supervision import Supervision, SupervisionError


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


@pytest.mark.parametrize("service", SERVICES)
def test_web_process_and_worker_of_a_service_listen_on_ports_of_their_own(
    stack: Stack, service: str
) -> None:
    environment = environment_of(stack, service)
    assert environment["PORT"] != environment["WORKER_PORT"]
    assert environment["WORKER_PORT"] == str(stack.ports[f"{service}_worker"])


def test_events_travel_by_postgres_unless_somebody_asks_for_kafka(stack: Stack) -> None:
    assert environment_of(stack, "matching_service")["EVENT_TRANSPORT"] == "postgres"
    assert broker_of(stack) is None


def test_a_stack_remembers_what_its_events_travel_by(stack: Stack, tmp_path: Path) -> None:
    remember(stack.folder, carrier_named("kafka", {}))
    environment = environment_of(open_stack("b", tmp_path), "matching_service")
    assert environment["EVENT_TRANSPORT"] == "kafka"
    assert environment["KAFKA_BOOTSTRAP_SERVERS"] == f"127.0.0.1:{stack.ports['kafka']}"


def test_a_kafka_that_the_shell_names_is_used_and_none_is_started(stack: Stack) -> None:
    carrier = carrier_named("kafka", {"KAFKA_BOOTSTRAP_SERVERS": "broker.example:9092"})
    stack = replace(stack, carrier=carrier)
    environment = environment_of(stack, "matching_service")
    assert environment["KAFKA_BOOTSTRAP_SERVERS"] == "broker.example:9092"
    assert broker_of(stack) is None
    assert not set(stack.used_ports) & {"kafka", "kafka_controller"}


def test_an_unknown_transport_is_refused() -> None:
    with pytest.raises(ValueError, match="not 'kafak'"):
        carrier_named("kafak", {})


def test_a_running_stack_never_changes_its_transport_silently(stack: Stack) -> None:
    supervision = Supervision(stack)
    supervision.start([])
    console = Console(quiet=True)
    try:
        with pytest.raises(SupervisionError, match=r"EVENT_TRANSPORT=postgres, not with.*kafka"):
            up(stack, carrier_named("kafka", {}), console)
    finally:
        supervision.end()
    assert carrier_of(stack.folder) == carrier_named("postgres", {})


@pytest.mark.parametrize(
    "secret", ["MAILBOX_KEY_SECRET", "FIELD_ENCRYPTION_KEY", "ANSWER_LINK_KEY"]
)
def test_only_one_service_gets_each_special_secret(stack: Stack, secret: str) -> None:
    holders = [service for service in SERVICES if secret in environment_of(stack, service)]
    assert len(holders) == 1
