"""docker-compose.yml as data, with its variables filled in."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from devstack.compose_env import complete
from devstack.ports import SERVICES
from devstack.stack import CHECKOUT

Json = dict[str, Any]
ROOMS = tuple(service.removesuffix("_service") for service in SERVICES)
WEB = ROOMS
WORKERS = tuple(f"{room}-worker" for room in ROOMS)
ONCE = ("migrations", "topics", "story", "token")

_VARIABLE = re.compile(r"\$\{(\w+):\?[^}]*\}")


def read(name: str = "docker-compose.yml") -> Json:
    return cast("Json", yaml.safe_load((CHECKOUT / name).read_text()))


FILE = read()
CONTAINERS: dict[str, Json] = FILE["services"]


def required_variables() -> set[str]:
    return {name for container in CONTAINERS.values() for name in _names(container)}


def environment_of(container: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """What the program inside sees."""
    return {
        name: _VARIABLE.sub(lambda found: secrets[found[1]], value)
        for name, value in CONTAINERS[container]["environment"].items()
    }


def fresh_secrets(folder: Path) -> dict[str, str]:
    complete(folder / ".env")
    lines = (folder / ".env").read_text().splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _names(container: Json) -> list[str]:
    return _VARIABLE.findall(" ".join(map(str, container.get("environment", {}).values())))
