"""What a rule can say about a pair: met, violated, or not decidable on what is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

Datum = str | int | float | bool | None | tuple[str, ...]
Detail = Mapping[str, Datum]
"""Facts behind a verdict, ready for JSON (dates in ISO form). Never sentences."""


@dataclass(frozen=True, slots=True)
class Met:
    pass


@dataclass(frozen=True, slots=True)
class Violated:
    """`would_need` names the fields, and the values they would need, for the rule to be met."""

    code: str
    detail: Detail = field(default_factory=dict)
    would_need: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unknown:
    """`detail["missing"]` names what has to become known before the rule can be decided."""

    code: str
    detail: Detail


Verdict = Met | Violated | Unknown

MET = Met()


@cache
def unknown(code: str, *missing: str) -> Unknown:
    return Unknown(code, {"missing": missing})
