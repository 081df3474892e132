"""docker-compose.yml keeps its promises, as far as one can see without Docker."""

import importlib
import re
from pathlib import Path

import pytest

from devstack.kafka_settings import KAFKA_VERSION
from devstack.ports import SERVICES
from devstack.stack import CHECKOUT
from shared.config import read as read_settings
from tests.deploy.compose_file import (
    CONTAINERS,
    FILE,
    ONCE,
    WEB,
    WORKERS,
    environment_of,
    fresh_secrets,
    read,
    required_variables,
)

OURS = {name for name, container in CONTAINERS.items() if "psychotherapy" in container["image"]}
STANDING = set(CONTAINERS) - set(ONCE)
TEST_CONTAINERS = read("docker-compose.test.yml")["services"]
EVERYWHERE = CONTAINERS | {f"test-{name}": c for name, c in TEST_CONTAINERS.items()}
_DEFAULT_STREAMS = 240
SECRET = re.compile(r"PASSWORD|SECRET|_KEY$|DATABASE_URL")


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_a_web_process_and_a_worker_on_the_same_settings(service: str) -> None:
    room = service.removesuffix("_service")
    web, worker = CONTAINERS[room], CONTAINERS[f"{room}-worker"]
    assert f"{service}.app:create_app()" in web["command"]
    assert worker["command"] == ["python", "-m", f"{service}.worker"]
    assert web["environment"] == worker["environment"]


@pytest.mark.parametrize("container", [*WEB, *WORKERS])
def test_each_of_them_finds_all_the_settings_that_it_requires(
    container: str, tmp_path: Path
) -> None:
    service = container.removesuffix("-worker") + "_service"
    config = importlib.import_module(f"{service}.config").Config
    environment = environment_of(container, fresh_secrets(tmp_path))
    settings = read_settings(config, environment)
    assert (settings.event_transport, settings.worker_port) == ("kafka", 8010)
    assert int(environment["PORT"]) == 8001 + SERVICES.index(service)


@pytest.mark.parametrize("name", EVERYWHERE)
def test_no_container_can_do_more_than_it_must(name: str) -> None:
    container = EVERYWHERE[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert str(container["user"]).partition(":")[0] not in ("", "0", "root")
    assert container.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "gateway" else [])
    assert not {"privileged", "network_mode", "pid", "ipc", "devices"} & set(container)


@pytest.mark.parametrize("name", EVERYWHERE)
def test_no_container_can_eat_up_the_machine(name: str) -> None:
    limits = EVERYWHERE[name]["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}


@pytest.mark.parametrize("name", CONTAINERS)
def test_no_container_fills_the_disk_with_its_log(name: str) -> None:
    assert set(CONTAINERS[name]["logging"]["options"]) == {"max-size", "max-file"}


@pytest.mark.parametrize("name", sorted(STANDING))
def test_what_stands_is_asked_for_its_health_and_started_again(name: str) -> None:
    assert CONTAINERS[name]["healthcheck"]["test"]
    assert CONTAINERS[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ONCE)
def test_what_runs_once_is_not_started_again(name: str) -> None:
    assert CONTAINERS[name]["restart"] == "no"


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_own_programs_share_one_account_that_is_not_root(name: str) -> None:
    assert CONTAINERS[name]["user"] == "10001:10001"


@pytest.mark.parametrize("name", sorted(set(CONTAINERS) - OURS))
def test_images_of_others_are_pinned_to_a_version(name: str) -> None:
    assert re.fullmatch(r"[a-z/]+:v?\d+(\.\d+){1,2}(-[a-z]+)?", CONTAINERS[name]["image"])


@pytest.mark.parametrize("name", TEST_CONTAINERS)
def test_tests_and_platform_run_on_the_same_images(name: str) -> None:
    assert TEST_CONTAINERS[name]["image"] == CONTAINERS[name]["image"]


def test_kafka_has_the_version_of_the_local_stack() -> None:
    assert CONTAINERS["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"


def test_no_secret_stands_in_the_file() -> None:
    secrets = [
        value
        for container in CONTAINERS.values()
        for name, value in container.get("environment", {}).items()
        if SECRET.search(name)
    ]
    assert secrets
    assert [value for value in secrets if not re.search(r"\$\{\w+:\?run make", value)] == []


def test_every_secret_that_the_file_requires_is_generated_and_no_other(tmp_path: Path) -> None:
    assert set(fresh_secrets(tmp_path)) == required_variables()


def test_only_three_doors_are_open_and_only_on_this_machine() -> None:
    doors = {name: c["ports"] for name, c in CONTAINERS.items() if "ports" in c}
    assert doors == {
        "gateway": ["127.0.0.1:8000:8000"],
        "issuer": ["127.0.0.1:8006:8006"],
        "mail": ["127.0.0.1:8025:8025"],
    }


def test_only_those_reach_the_outside() -> None:
    outside = {name for name, c in CONTAINERS.items() if "outside" in c["networks"]}
    assert outside == {"gateway", "issuer", "mail"}
    assert FILE["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", [*WEB, *WORKERS])
def test_nobody_starts_before_the_tables_are_there(name: str) -> None:
    done = {"condition": "service_completed_successfully"}
    assert CONTAINERS[name]["depends_on"]["migrations"] == done


@pytest.mark.parametrize("name", WORKERS)
def test_no_worker_starts_before_the_topics_are_there(name: str) -> None:
    done = {"condition": "service_completed_successfully"}
    assert CONTAINERS[name]["depends_on"]["topics"] == done


def test_the_gateway_knows_every_upstream_of_its_routes() -> None:
    caddyfile = (CHECKOUT / "deploy/Caddyfile").read_text()
    settings = CONTAINERS["gateway"]["environment"]
    upstreams = {name: settings[name] for name in re.findall(r"\{\$(\w+_UPSTREAM)\}", caddyfile)}
    ports = {room: CONTAINERS[room]["environment"]["PORT"] for room in WEB}
    assert upstreams == {
        f"{room.upper()}_SERVICE_UPSTREAM": f"{room}:{port}" for room, port in ports.items()
    } | {"MATCHING_SERVICE_STREAM_UPSTREAM": "matching-stream:8013"}


def test_the_stream_is_a_web_process_of_matching_with_a_thread_for_every_page() -> None:
    stream, web = CONTAINERS["matching-stream"], CONTAINERS["matching"]
    program = [
        "gunicorn",
        "-c",
        "deploy/gunicorn_stream.py",
        "matching_service.stream:create_app()",
    ]
    assert stream["command"] == program
    assert stream["environment"] == {**web["environment"], "PORT": "8013"}
    assert stream["depends_on"] == web["depends_on"]
    assert stream["deploy"]["resources"]["limits"]["pids"] > _DEFAULT_STREAMS + 16
