"""What every service makes of its environment: one list of all that is wrong, before anything."""

import os
import subprocess
import sys
from dataclasses import MISSING
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from devstack.environment import environment_of
from devstack.ports import SERVICES
from devstack.stack import CHECKOUT, open_stack
from shared.config import ConfigError, read, variables_of

OURS = {
    "patient_service": {"SERVICE_CLIENT_SECRET", "FIELD_ENCRYPTION_KEY"},
    "therapist_service": {"SERVICE_CLIENT_SECRET", "MAILBOX_KEY_SECRET"},
    "matching_service": {"SERVICE_CLIENT_SECRET"},
    "communication_service": {"SERVICE_CLIENT_SECRET", "ANSWER_LINK_KEY"},
    "geocoding_service": set(),
}


def _config_of(service: str) -> Any:
    return import_module(f"{service}.config").Config


def _named(service: str, environ: dict[str, str]) -> set[str]:
    """The variables that the refusal names."""
    try:
        read(_config_of(service), environ)
    except ConfigError as refusal:
        return {problem.partition(":")[0] for problem in refusal.problems}
    return set()


def test_production_refuses_every_secret_that_the_local_stack_made_up(tmp_path: Path) -> None:
    stack = open_stack("b", tmp_path)
    local = {service: environment_of(stack, service) for service in SERVICES}

    as_in_production = {
        service: _named(service, {**environ, "ENVIRONMENT": "production"})
        for service, environ in local.items()
    }

    assert {service: _named(service, environ) for service, environ in local.items()} == {
        service: set() for service in SERVICES
    }
    assert as_in_production == OURS


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_environment_is_answered_with_everything_that_is_needed(service: str) -> None:
    variables = variables_of(_config_of(service))
    needed = {variable.name for variable, default in variables if default is MISSING}

    assert _named(service, {}) >= needed


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_with_bounds_refuses_what_lies_outside(service: str, tmp_path: Path) -> None:
    fine = environment_of(open_stack("b", tmp_path), service)
    bounded = {v.name for v, _ in variables_of(_config_of(service)) if v.parse is not str}

    unheeded = {name for name in bounded if name not in _named(service, {**fine, name: "\x00"})}

    assert unheeded == set()


@pytest.mark.parametrize(
    ("environ", "named"),
    [({"PORT": "x", "WEB_WORKERS": "0"}, ["PORT", "WEB_WORKERS"]), ({}, ["PORT"])],
)
def test_a_web_server_that_cannot_start_names_all_its_settings(
    environ: dict[str, str], named: list[str]
) -> None:
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py", "nothing:app"]
    ended = subprocess.run(
        command,
        cwd=CHECKOUT,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode != 0
    problems = [line for line in ended.stderr.splitlines() if line.startswith("  - ")]
    assert [line[4:].partition(":")[0] for line in problems] == named
