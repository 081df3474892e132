"""Ids and states of an event reach the pages, and nothing else that it may say."""

from typing import Any

import pytest

from matching_service.domain.stream_news import News, goes_on, news_of
from shared.contracts.event_types import EVENT_TYPES


@pytest.mark.parametrize(
    ("event_type", "data", "told"),
    [
        (
            "patient.updated",
            {"version": 3, "patient_id": 7},
            News("patient.updated", "patient", 7, {"patient_id": 7}, None),
        ),
        (
            "therapist.blocked",
            {"therapist_id": 4, "mailbox_key": "k", "status": "gesperrt", "reason": "Streit"},
            News("therapist.blocked", "therapist", 4, {"therapist_id": 4}, "gesperrt"),
        ),
        (
            "search.status_changed",
            {"search_id": 2, "patient_id": 7, "status": "paused", "therapist_id": None},
            News("search.status_changed", "search", 2, {"patient_id": 7, "search_id": 2}, "paused"),
        ),
        (
            "bundle.responded",
            {"bundle_id": 5, "search_ids": [1, 2], "state": "answered", "bundle_size": 2},
            News(
                "bundle.responded", "bundle", 5, {"bundle_id": 5, "search_ids": [1, 2]}, "answered"
            ),
        ),
        (
            "cooling.started",
            {"version": 9, "therapist_ids": [4], "last_contact_date": "2026-01-01"},
            News("cooling.started", "cooling", 9, {"therapist_ids": [4]}, None),
        ),
        (
            "communication.email_failed",
            {"email_id": 8, "bundle_id": 5, "reason": "550 frau.moeller@example.org unknown"},
            News("communication.email_failed", "email", 8, {"bundle_id": 5, "email_id": 8}, None),
        ),
        (
            "communication.call_scheduled",
            {"call_id": 3, "bundle_id": 5, "at": "2026-12-01T09:00:00Z"},
            News(
                "communication.call_scheduled",
                "phone_call",
                3,
                {"bundle_id": 5, "call_id": 3},
                None,
            ),
        ),
    ],
)
def test_an_event_becomes_what_pages_are_told(
    event_type: str, data: dict[str, Any], told: News
) -> None:
    assert news_of(event_type, data) == told


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_every_event_has_a_subject(event_type: str) -> None:
    fields = EVENT_TYPES[event_type].data().fields

    news = news_of(event_type, dict.fromkeys(fields, 1))

    assert news.subject_id == 1
    ids = {name for name in fields if "_id" in name or name == "merged_into"}
    # About whom a practice was written to is for the logs of contacts, not for every open page.
    assert {*news.ids} == ids - {"patient_ids"}


@pytest.mark.parametrize(
    ("position", "head", "following", "is_whole"),
    [
        (0, 0, None, True),  # nothing has ever happened
        (7, 7, None, True),
        (7, 9, 8, True),
        (7, 9, 9, False),  # 8 is forgotten
        (7, 9, None, False),  # all are
        (9, 7, None, False),  # a backup was restored
    ],
)
def test_a_page_goes_on_only_where_nothing_is_missing(
    position: int, head: int, following: int | None, is_whole: bool
) -> None:
    assert goes_on(position, head, following) is is_whole
