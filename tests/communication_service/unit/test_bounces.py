from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from communication_service.domain.bounces import (
    DeliveryReport,
    Dispatch,
    Verdict,
    enhanced_status,
    is_about,
    means_bad_address,
    verdict,
)

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
REPORT = DeliveryReport(
    action="failed",
    status="5.1.1",
    recipient="praxis@example.org",
    message_id="<pv-1.inquiry@platz.example>",
    written_at=NOW,
    diagnostic="550 5.1.1 No such user",
)
DISPATCH = Dispatch(REPORT.message_id, REPORT.recipient, NOW + timedelta(seconds=3))


@pytest.mark.parametrize(
    ("words", "status", "is_bad"),
    [
        ("550 5.1.1 <x@example.org>: User unknown", "5.1.1", True),
        ("550 5.1.2 Bad destination system", "5.1.2", True),
        ("553 5.1.3 Bad syntax", "5.1.3", True),
        ("551 5.1.6 Mailbox has moved", "5.1.6", True),
        ("556 5.1.10 Recipient has null MX", "5.1.10", True),
        ("550 5.2.1 Mailbox disabled", "5.2.1", True),
        ("550-5.1.1 The account does not exist. 550 5.7.1 x", "5.1.1", True),
        ("550 5.1.0 Address rejected", "5.1.0", False),
        ("550 5.1.7 Bad sender", "5.1.7", False),
        ("550 5.1.8 Bad sender domain", "5.1.8", False),
        ("552 5.2.2 Mailbox full", "5.2.2", False),
        ("552 5.2.3 Too large", "5.2.3", False),
        ("554 5.7.1 Blocked as spam", "5.7.1", False),
        ("550 5.7.26 Not authenticated", "5.7.26", False),
        ("451 4.1.1 Try again", "4.1.1", False),
        ("550 No such user", None, False),
        ("550 blocked by 5.1.1.9", None, False),
        ("550 see version 15.1.1", None, False),
        ("", None, False),
    ],
)
def test_only_what_is_said_of_the_recipients_address_makes_it_bad(
    words: str, status: str | None, is_bad: bool
) -> None:
    assert enhanced_status(words) == status
    assert means_bad_address(status) is is_bad


@pytest.mark.parametrize(
    ("action", "status", "meaning"),
    [
        ("failed", "5.1.1", Verdict.BAD_ADDRESS),
        ("failed", "5.2.2", Verdict.NOT_DELIVERED),
        ("failed", "5.7.1", Verdict.NOT_DELIVERED),
        ("failed", "4.4.7", Verdict.NOT_DELIVERED),
        ("failed", None, Verdict.NOT_DELIVERED),
        ("delayed", "4.4.1", Verdict.DELAYED),
        ("delayed", "5.1.1", Verdict.DELAYED),
        ("delivered", "2.0.0", Verdict.DELAYED),
        ("relayed", None, Verdict.DELAYED),
        ("", "5.1.1", Verdict.DELAYED),
    ],
)
def test_only_a_report_of_failure_says_that_nobody_got_the_mail(
    action: str, status: str | None, meaning: Verdict
) -> None:
    assert verdict(replace(REPORT, action=action, status=status)) is meaning


def test_a_report_is_about_the_mail_that_it_quotes() -> None:
    assert is_about(REPORT, DISPATCH)
    assert is_about(replace(REPORT, written_at=None), DISPATCH)


@pytest.mark.parametrize(
    "other",
    [
        {"message_id": "<pv-2.inquiry@platz.example>"},
        {"recipient": "neue-adresse@example.org"},
        {"written_at": NOW - timedelta(days=1)},
    ],
)
def test_a_report_of_another_mail_or_of_an_earlier_attempt_is_not(other: dict[str, object]) -> None:
    assert not is_about(replace(REPORT, **other), DISPATCH)  # type: ignore[arg-type]
