"""Settings: every problem at once, and no weak secret in production."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from devstack.credentials import field_encryption_key
from shared.config import ConfigError, number, read, setting


@dataclass(frozen=True)
class Example:
    days: int = setting("DAYS", "Tage", parse=number(0, 30), default=7)
    place: str = setting("PLACE", "Ort")
    key: str = setting("KEY", "unser Schlüssel", secret=True)
    password: str = setting("PASSWORD", "eines anderen", default="", secret=True, ours=False)

    @staticmethod
    def conflicts(values: Mapping[str, Any]) -> Iterator[str]:
        if values["days"] == 0 and values.get("place") == "Rom":
            yield "DAYS: an einem Tag nicht zu erbauen"


STRONG = "k" * 32
FINE = {"ENVIRONMENT": "production", "PLACE": "Aachen", "KEY": STRONG}


def test_what_is_not_set_takes_its_default() -> None:
    assert read(Example, FINE) == Example(days=7, place="Aachen", key=STRONG, password="")


def test_all_problems_are_listed_at_once_by_name() -> None:
    assert _named({"DAYS": "31", "KEY": "short"}) == ["DAYS", "PLACE", "KEY"]


def test_what_is_wrong_between_two_settings_is_listed_with_the_rest() -> None:
    assert _named({"DAYS": "0", "PLACE": "Rom", "KEY": "short"}) == ["KEY", "DAYS"]
    assert _named({"DAYS": "0", "KEY": "short"}) == ["PLACE", "KEY"]


def _named(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as refusal:
        read(Example, environ)
    return [problem.partition(":")[0] for problem in refusal.value.problems]


@pytest.mark.parametrize(
    "key",
    ["short", "development-" + STRONG, field_encryption_key(b"development")],
    ids=["short", "marked", "a marked key"],
)
def test_production_refuses_a_weak_secret_of_ours_and_development_takes_it(key: str) -> None:
    with pytest.raises(ConfigError):
        read(Example, {**FINE, "KEY": key})

    assert read(Example, {**FINE, "KEY": key, "ENVIRONMENT": "development"}).key == key


def test_the_password_that_somebody_else_chose_may_be_short() -> None:
    assert read(Example, {**FINE, "PASSWORD": "geheim"}).password == "geheim"
