"""Scenario files are read strictly."""

import json
from typing import Any

import pytest

from matching_service.simulation.scenario import FOLDER, ScenarioError, available, load, read


def baseline() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((FOLDER / "baseline-2026.json").read_text("utf-8"))
    return values


@pytest.mark.parametrize("name", available())
def test_every_scenario_can_be_read_and_bears_the_name_of_its_file(name: str) -> None:
    assert load(name).name == name


def test_the_baseline_is_the_one_of_the_first_research() -> None:
    scenario = load("baseline-2026")
    assert scenario.therapists.number == 600
    assert scenario.searches.per_day == 1.5
    assert (scenario.answers.response, scenario.answers.fit) == (0.35, 0.35)
    assert scenario.rules.cooling_days == 28


def test_an_unknown_key_is_named() -> None:
    values = baseline()
    values["rules"]["coolin_days"] = 3
    with pytest.raises(ScenarioError, match=r"unknown: rules\.coolin_days"):
        read(values)


def test_a_missing_key_is_named() -> None:
    values = baseline()
    del values["region"]["towns"][1]["latitude"]
    with pytest.raises(ScenarioError, match=r"missing: region\.towns\[1\]\.latitude"):
        read(values)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("rules", "cooling_days", "28"),
        ("rules", "cooling_days", 28.5),
        ("rules", "max_bundles", True),
        ("answers", "fit", None),
        ("searches", "max_km", {"5": "many"}),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(part: str, key: str, value: object) -> None:
    values = baseline()
    values[part][key] = value
    with pytest.raises(ScenarioError, match=rf"{part}\.{key}"):
        read(values)


def test_a_policy_that_is_none_of_ours_is_named() -> None:
    values = baseline()
    values["policies"]["ours"]["choice"] = "by_dice"
    with pytest.raises(ScenarioError, match=r"policies\.ours\.choice: 'by_dice' is none of"):
        read(values)


def test_an_unknown_scenario_tells_which_there_are() -> None:
    with pytest.raises(ScenarioError, match="baseline-2026"):
        load("baseline-2025")


def test_a_change_of_something_unknown_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"unknown: rules\.cooling"):
        load("baseline-2026").changed(rules={"cooling": 3})
