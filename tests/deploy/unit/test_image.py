"""What goes into our images, and what never does."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devstack.ports import SERVICES
from devstack.stack import CHECKOUT

DOCKERFILE = (CHECKOUT / "deploy/Dockerfile").read_text()
IGNORED = [
    line
    for line in (CHECKOUT / ".dockerignore").read_text().splitlines()
    if line and not line.startswith("#")
]
STAGES = re.split(r"(?m)^FROM ", DOCKERFILE)[1:]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())


def copied(stage: str) -> set[str]:
    """Sources from the checkout."""
    lines = re.findall(r"(?m)^COPY (?!--from)(.+)$", stage)
    return {source for line in lines for source in line.split()[:-1]}


def stage(name: str) -> str:
    (found,) = (text for text in STAGES if f" AS {name}\n" in text)
    return found


def pins(lock: str) -> dict[str, str]:
    text = (CHECKOUT / f"requirements/{lock}.lock").read_text()
    return dict(re.findall(r"(?m)^([a-z0-9][a-z0-9-]*)==(\S+)", text))


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def test_the_builder_sees_nothing_but_what_is_copied() -> None:
    sent = {line.removeprefix("!") for line in IGNORED if line.startswith("!")}
    assert IGNORED[0] == "*"
    assert sent == set().union(*(copied(text) for text in STAGES))


def test_the_image_of_the_services_holds_all_of_them_and_no_devstack_or_test() -> None:
    programs = {"deploy/gunicorn.py", "deploy/gunicorn_stream.py", "deploy/ready.py"}
    assert copied(stage("services")) == {"shared", "migrations", *SERVICES} | programs


@pytest.mark.parametrize("name", ["services", "devstack"])
def test_images_end_as_an_account_that_is_not_root(name: str) -> None:
    assert re.findall(r"(?m)^USER (.+)$", stage(name))[-1] == "10001:10001"


def test_the_base_is_pinned_and_everybody_can_put_another_in_its_place() -> None:
    assert re.search(r"(?m)^ARG PYTHON_IMAGE=python:3\.11\.\d+-slim-[a-z]+$", DOCKERFILE)
    bases = {text.split()[0] for text in STAGES}
    assert bases == {"${PYTHON_IMAGE}", "packages", "services"}


@pytest.mark.parametrize("name", ["packages", "story-packages"])
def test_packages_are_installed_with_their_hashes(name: str) -> None:
    assert "--require-hashes" in stage(name)


def test_the_services_get_what_they_need_and_no_tool_of_ours() -> None:
    installed = set(pins("services"))
    groups = PROJECT["dependency-groups"]
    tools = names([text for text in groups["devstack"] if isinstance(text, str)])
    assert names(PROJECT["project"]["dependencies"]) <= installed
    assert not tools & installed


@pytest.mark.parametrize("lock", ["services", "story"])
def test_images_hold_the_versions_that_the_tests_ran_with(lock: str) -> None:
    tested = pins("dev")
    assert pins(lock) == {name: tested[name] for name in pins(lock)}
