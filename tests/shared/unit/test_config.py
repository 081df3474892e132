"""Settings: every problem at once, and no weak secret in production."""

from dataclasses import dataclass

import pytest

from shared.config import ConfigError, number, read, setting


@dataclass(frozen=True)
class Example:
    days: int = setting("DAYS", "Tage", parse=number(0, 30), default=7)
    place: str = setting("PLACE", "Ort")
    key: str = setting("KEY", "unser Schlüssel", secret=True)
    password: str = setting("PASSWORD", "eines anderen", default="", secret=True, ours=False)


STRONG = "k" * 32
FINE = {"ENVIRONMENT": "production", "PLACE": "Aachen", "KEY": STRONG}


def test_what_is_not_set_takes_its_default() -> None:
    assert read(Example, FINE) == Example(days=7, place="Aachen", key=STRONG, password="")


def test_all_problems_are_listed_at_once_by_name() -> None:
    with pytest.raises(ConfigError) as refusal:
        read(Example, {"DAYS": "31", "KEY": "short"})

    assert [problem.partition(":")[0] for problem in refusal.value.problems] == [
        "DAYS",
        "PLACE",
        "KEY",
    ]


@pytest.mark.parametrize("key", ["short", "development-" + STRONG])
def test_production_refuses_a_weak_secret_of_ours_and_development_takes_it(key: str) -> None:
    with pytest.raises(ConfigError):
        read(Example, {**FINE, "KEY": key})

    assert read(Example, {**FINE, "KEY": key, "ENVIRONMENT": "development"}).key == key


def test_the_password_that_somebody_else_chose_may_be_short() -> None:
    assert read(Example, {**FINE, "PASSWORD": "geheim"}).password == "geheim"
