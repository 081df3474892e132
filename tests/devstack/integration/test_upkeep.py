"""Which services an operator means."""

import pytest

from devstack.ports import SERVICES
from devstack.upkeep import services_named


@pytest.mark.parametrize("name", ["patient", "patient_service", "patient-service"])
def test_a_service_may_be_named_in_short(name: str) -> None:
    assert services_named(name) == ("patient_service",)


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_name_all_services_are_meant(nothing: str | None) -> None:
    assert services_named(nothing) == SERVICES


def test_a_service_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"no service 'mail'.*communication_service"):
        services_named("mail")
