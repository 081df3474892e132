"""A scenario: every assumption about a local market by its name, read from a frozen file.

Files lie in `scenarios/`; a key that is missing or unknown is an error that names it, so that a
misspelt assumption never goes unnoticed.
"""

import json
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

FOLDER = Path(__file__).parent / "scenarios"

Chances = Literal["off", "own", "learned", "learned_pairs", "known", "known_pairs"]
Choice = Literal["oldest_first", "static_score", "planner"]
Shares = dict[str, float]


class ScenarioError(ValueError):
    """Names the key at which a scenario is wrong."""


@dataclass(frozen=True, slots=True)
class Town:
    """`therapists` and `searches` are weights; `spread_km` is a standard deviation."""

    name: str
    latitude: float
    longitude: float
    therapists: float
    searches: float
    spread_km: float


@dataclass(frozen=True, slots=True)
class Region:
    """Degrees; nobody lives outside."""

    south: float
    north: float
    west: float
    east: float
    towns: tuple[Town, ...]


@dataclass(frozen=True, slots=True)
class TherapistMix:
    """All but `number` and `procedures` are shares of all therapists.

    `state_capacity`: of those whose capacity is above the median, who say so; `diagnoses_listed`:
    of all categories, how many stand in a list of preferences.
    """

    number: int
    female: float
    for_children: float
    up_to_65_only: float
    want_men: float
    want_women: float
    want_groups: float
    prefer_diagnoses: float
    diagnoses_listed: float
    state_capacity: float
    procedures: Shares


@dataclass(frozen=True, slots=True)
class SearchMix:
    """`per_day` new searches; the rest are shares. `max_km` by limit, `procedures` by wish."""

    per_day: float
    female: float
    under_18: float
    by_transit: float
    want_male_therapist: float
    want_female_therapist: float
    open_to_groups: float
    max_km: Shares
    procedures: Shares


@dataclass(frozen=True, slots=True)
class Answers:
    """How therapists behave.

    `response`: mean chance of an answer, Beta with `response_alpha`; `capacity`: mean of the free
    places at an answer, Poisson around a Gamma of shape `capacity_shape`; `fit`: the chance that a
    patient of suitability 80 suits, (suitability / 80)² of it for others, times
    `fit_despite` each tier of preferences that is violated; `delay_*`: days until an answer,
    lognormal; `effect_per_further_patient`: on the response, relative (-0.1: ten percent less).
    `earlier_inquiries`: answered or not, known of every therapist on the first day.
    """

    response: float
    response_alpha: float
    capacity: float
    capacity_shape: float
    fit: float
    fit_despite: Shares
    delay_log_mean: float
    delay_log_sd: float
    effect_per_further_patient: float
    earlier_inquiries: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The contact law, for all policies. `rest_after_silence`: whoever did not answer is left
    alone until `cooling_days` after the inquiry; `max_bundles`: inquiries a day, null: no limit."""

    cooling_days: int
    no_answer_days: int
    rest_after_silence: bool
    max_bundles: int | None


@dataclass(frozen=True, slots=True)
class Policy:
    """`parallel_cap`: open inquiries per search, `contacts`: open and answered ones, null: no
    limit. For the planner: `chances`: what it goes by (`beliefs.py`); `guarantee`: the longest
    waiter is in every bundle; `days_that_double` the weight of a search, null: all count alike."""

    choice: Choice
    smallest: int
    largest: int
    field_size: int
    parallel_cap: int | None
    contacts: int | None
    chances: Chances
    guarantee: bool
    days_that_double: int | None


@dataclass(frozen=True, slots=True)
class Measure:
    """Days. Measured are searches that arrive from `from_day` on and `censored_at` days before
    the end at the latest; waiting times are cut at `censored_at`."""

    horizon: int
    from_day: int
    censored_at: int


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    about: str
    region: Region
    therapists: TherapistMix
    searches: SearchMix
    answers: Answers
    rules: Rules
    policies: dict[str, Policy]
    measure: Measure

    def changed(self, **changes: Mapping[str, Any]) -> "Scenario":
        """`changed(rules={"cooling_days": 14}, ours={"parallel_cap": 5})`, parts and policies.

        Raises ScenarioError for a name that does not exist.
        """
        policies = dict(self.policies)
        parts: dict[str, Any] = {}
        for part, values in changes.items():
            if part in policies:
                policies[part] = _changed(policies[part], part, values)
            else:
                parts[part] = _changed(getattr(self, part), part, values)
        return replace(self, policies=policies, **parts)


def available() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load(name: str) -> Scenario:
    """Raises ScenarioError."""
    path = FOLDER / f"{name}.json"
    if name not in available():
        raise ScenarioError(f"no scenario {name!r}; there are: {', '.join(available())}")
    return read(json.loads(path.read_text(encoding="utf-8")))


def read(values: object) -> Scenario:
    """Raises ScenarioError."""
    return _read_part(Scenario, values, "")


Part = TypeVar("Part")


def _read_part(part: type[Part], values: object, where: str) -> Part:
    if not isinstance(values, Mapping):
        raise ScenarioError(f"{where or 'the scenario'}: an object is needed")
    names = get_type_hints(part)
    _refuse(sorted(set(values) - set(names)), "unknown", where)
    _refuse(sorted(set(names) - set(values)), "missing", where)
    return part(
        **{name: _read(kind, values[name], _at(where, name)) for name, kind in names.items()}
    )


def _read(kind: Any, value: object, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return _read_part(kind, value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_read(inner[0], one, f"{where}[{at}]") for at, one in enumerate(value))
    if origin is dict and isinstance(value, Mapping):
        return {key: _read(inner[1], one, _at(where, key)) for key, one in value.items()}
    if origin is types.UnionType:
        return None if value is None else _read(inner[0], value, where)
    if origin is Literal:
        return _one_of(inner, value, where)
    return _number_or_text(kind, value, where)


def _number_or_text(kind: Any, value: object, where: str) -> object:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise ScenarioError(f"{where}: {value!r} is not of type {getattr(kind, '__name__', kind)}")
    return value


def _one_of(allowed: tuple[object, ...], value: object, where: str) -> object:
    if value not in allowed:
        raise ScenarioError(f"{where}: {value!r} is none of {', '.join(map(str, allowed))}")
    return value


def _changed(part: Any, where: str, values: Mapping[str, Any]) -> Any:
    _refuse(sorted(set(values) - {one.name for one in fields(part)}), "unknown", where)
    return replace(part, **values)


def _refuse(names: list[str], what: str, where: str) -> None:
    if names:
        raise ScenarioError(f"{what}: {', '.join(_at(where, name) for name in names)}")


def _at(where: str, name: object) -> str:
    return f"{where}.{name}" if where else str(name)
