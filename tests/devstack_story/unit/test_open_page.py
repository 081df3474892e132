"""The story's open page: which answers it has heard of, and how soon."""

import json
from datetime import UTC, datetime, timedelta

from devstack.story.open_page import OpenPage

OPENED = datetime.now(UTC)


def heard(bundle_id: int, after: timedelta, event_type: str = "bundle.responded") -> list[str]:
    news = {"type": event_type, "at": (OPENED + after).isoformat(), "subject": {"id": bundle_id}}
    return ["id: 1", f"data: {json.dumps(news)}", ""]


GREETING = ["retry: 3000", "id: 7", "event: begin", "data: {}", "", ":", ""]


def test_answers_from_before_it_was_opened_count_without_a_time() -> None:
    page = OpenPage(OPENED)
    page.read([*GREETING, *heard(1, timedelta(hours=-1))])

    check = page.hears_of([1])

    assert check.holds
    assert check.claim == "eine offene Seite erfährt von selbst von jeder Antwort"


def test_the_slowest_answer_since_then_is_told() -> None:
    page = OpenPage(OPENED)
    page.read([*GREETING, *heard(1, timedelta(0, 0, 1)), *heard(2, timedelta(hours=-1))])

    assert ", spätestens nach " in page.hears_of([1, 2]).claim


def test_of_other_news_it_takes_no_note() -> None:
    page = OpenPage(OPENED)
    page.read([*GREETING, *heard(1, timedelta(0), "bundle.sent")])

    assert page.answers == {}


def test_a_story_that_is_told_again_after_a_day_is_not_held_to_what_is_forgotten() -> None:
    page = OpenPage(OPENED)
    page.read([*GREETING, "id: 900", "event: reset", "data: {}", ""])

    assert page.hears_of([1]).holds
