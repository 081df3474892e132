"""What `make demo` demands of the platform after the story, and that each demand can fail."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from devstack.story.checks import checks
from devstack.story.facts import Facts

PRACTICE = [7, 8]
FACTS = Facts(
    therapists=600,
    patients=120,
    searches=Counter(active=110, successful=1),
    inquiries=30,
    inquiries_by_mail=27,
    open_inquiries=25,
    responses=Counter(accepted=1, partial=2, rejected=2),
    mails=27,
    contacted_twice=(),
    successful={
        "first_meeting_on": "2026-11-23",
        "sessions_held": 2,
        "therapy_starts_on": "2026-11-30",
        "success_date": "2026-11-23T09:00:00Z",
    },
    moves=("active", "in_sessions", "successful"),
    skipped_when_asked_again=((7, "cooling"), (8, "cooling")),
)


def test_a_story_that_went_well_passes_every_check() -> None:
    assert [check.claim for check in checks(FACTS, PRACTICE) if not check.holds] == []


@pytest.mark.parametrize(
    ("what_went_wrong", "claim"),
    [
        ({"inquiries": 19}, "mindestens 20 Anfragen"),
        (
            {"responses": Counter(accepted=1, rejected=2)},
            "Zusage, Teilzusage und Absage je mindestens einmal",
        ),
        ({"open_inquiries": 0}, "mindestens eine Anfrage noch offen"),
        ({"mails": 26}, "so viele Mails im Postausgang wie Anfragen per Mail"),
        ({"contacted_twice": ("praxis@example.org",)}, "kein Postfach zweimal angeschrieben"),
        (
            {"skipped_when_asked_again": ((7, "cooling"),)},
            "eine Praxis, die geantwortet hat, wird ausgelassen",
        ),
        (
            {"skipped_when_asked_again": ((7, "too_few"), (8, "too_few"))},
            "eine Praxis, die geantwortet hat, wird ausgelassen",
        ),
        (
            {"moves": ("active", "successful")},
            "eine Platzsuche: active → in_sessions → successful",
        ),
        (
            {"successful": {**FACTS.successful, "sessions_held": 0}},
            "mit Erstgespräch, Sitzungen und Therapiebeginn",
        ),
    ],
)
def test_whatever_went_wrong_is_named(what_went_wrong: dict[str, Any], claim: str) -> None:
    found = checks(replace(FACTS, **what_went_wrong), PRACTICE)
    assert [check.claim for check in found if not check.holds] == [claim]
