"""Which services an operator means."""

from pathlib import Path

import pytest
from rich.console import Console

from devstack.ports import SERVICES
from devstack.stack import open_stack
from devstack.upkeep import UpkeepFailed, replay, services_named


@pytest.mark.parametrize("name", ["patient", "patient_service", "patient-service"])
def test_a_service_may_be_named_in_short(name: str) -> None:
    assert services_named(name) == ("patient_service",)


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_name_all_services_are_meant(nothing: str | None) -> None:
    assert services_named(nothing) == SERVICES


def test_a_service_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"no service 'mail'.*communication_service"):
        services_named("mail")


def test_who_replays_on_a_stack_that_does_not_run_is_told_where_to_look(tmp_path: Path) -> None:
    stack = open_stack("asleep", tmp_path)

    with pytest.raises(UpkeepFailed, match=r"patient_service cannot .*make status STACK=asleep"):
        replay(stack, ["patient_service"], Console())
