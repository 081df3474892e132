"""Whatever the domain has a code for, staff can read."""

import ast
from collections.abc import Iterator
from string import Formatter
from typing import Any

import pytest

from matching_service.api.reason_texts import FIELDS, NEEDS, REASONS, need_text, reason_text
from tests.architecture.house import calls_of, texts_in

DOMAIN = "matching_service/domain"
NAMED_ELSEWHERE = {"too_few_candidates", "max_bundles", "no_room", "no_eligible_therapist"}


def _calls() -> Iterator[ast.Call]:
    for verdict in ("Violated", "Unknown", "unknown", "Reason", "_not_before"):
        yield from calls_of(verdict, DOMAIN)


def test_every_code_of_the_domain_has_a_sentence() -> None:
    codes = {code for call in _calls() for code in texts_in(call.args[:1])}

    assert {"too_far", "cooling", "later", "age", "not_found", "search_not_active"} <= codes
    assert (codes | NAMED_ELSEWHERE) - set(REASONS) == set()


def test_every_field_that_may_be_missing_has_a_name() -> None:
    missing = {name for call in calls_of("unknown", DOMAIN) for name in texts_in(call.args[1:])}

    assert missing - set(FIELDS) == set()


def test_everything_that_a_rule_would_need_has_a_sentence() -> None:
    needs = [call.args[2] for call in calls_of("Violated", DOMAIN) if len(call.args) > 2]
    names = {name for need in needs if isinstance(need, ast.Dict) for name in texts_in(need.keys)}

    assert {"patient.max_km", "search.status"} <= names
    assert names - set(NEEDS) == set()


@pytest.mark.parametrize(
    ("code", "detail", "sentence"),
    [
        (
            "too_far",
            {"distance_km": 41.0, "limit_km": 30, "approximate": True},
            "Zu weit entfernt (41,0 km, Grenze 30 km).",
        ),
        ("cooling", {"until": "2026-12-21"}, "Abkühlungsphase bis 21.12.2026."),
        ("insurance", {"missing": ["therapist.kassensitz"]}, "Nicht bekannt: Kassensitz des"),
        (
            "procedure",
            {"wish": "Systemische Therapie", "offered": ("Verhaltenstherapie",)},
            "Gewünscht ist Systemische Therapie, angeboten wird Verhaltenstherapie.",
        ),
        ("excluded", {"by": "patient"}, "Ausgeschlossen (vom Patienten)."),
        ("age", {"age": 40, "age_min": None, "age_max": 30}, "bevorzugt werden Patienten bis 30."),
    ],
)
def test_the_facts_stand_in_the_sentence(code: str, detail: dict[str, Any], sentence: str) -> None:
    assert sentence in reason_text(code, detail)


@pytest.mark.parametrize(
    ("code", "detail", "sentence"),
    [
        ("too_far", {"patient.max_km": 52}, "Umkreis von 52 km."),
        ("insurance", {"known": ("therapist.kassensitz",)}, "Bekannt sein muss: Kassensitz des"),
        ("opted_out", {}, "Nur der Therapeut selbst"),
        ("cooling", {"date": "2026-12-21"}, "Warten bis 21.12.2026."),
    ],
)
def test_what_would_have_to_change_is_said_as_well(
    code: str, detail: dict[str, Any], sentence: str
) -> None:
    assert sentence in need_text(code, detail)


@pytest.mark.parametrize("code", [*REASONS, "a code of tomorrow"])
def test_a_reason_without_its_facts_is_still_a_sentence(code: str) -> None:
    facts = {name for _, name, *_ in Formatter().parse(REASONS.get(code, "")) if name}

    assert ("unbekannt" in reason_text(code, {})) == bool(facts)
