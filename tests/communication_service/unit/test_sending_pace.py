"""How fast mails go out, and who is meant when a server wants us to be slower."""

from datetime import UTC, datetime, timedelta

import pytest

from communication_service.domain.mail_providers import LABELS, label_of, provider_of
from communication_service.domain.mail_states import MailEvent
from communication_service.domain.sending_pace import (
    PaceLimits,
    Slowed,
    held_until,
    is_throttled,
)
from communication_service.gateways.smtp import (
    Accepted,
    Outcome,
    Rejected,
    Unknown,
    Unreachable,
)
from communication_service.use_cases.send_mail import ending_of

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(("per_minute", "seconds"), [(0, 0), (1, 60), (20, 3), (60, 1), (120, 0.5)])
def test_mails_keep_a_distance(per_minute: int, seconds: float) -> None:
    limits = PaceLimits(per_minute, per_minute)
    assert limits.gap_of_all() == limits.gap_of_provider() == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("code", "text", "throttled"),
    [
        (421, "421 4.7.0 Too many connections", True),
        (421, "421 try later", True),
        (450, "450 4.7.1 Greylisted", True),
        (450, "450 busy", True),
        (451, "451 4.7.650 rate limit", True),
        (451, "451 4.3.0 local error", False),
        (451, "451 14.7.1.2 nonsense", False),
        (452, "452 4.2.2 mailbox full", False),
        (454, "454 4.7.0 TLS not available", False),
    ],
)
def test_some_refusals_are_about_how_much_we_send(code: int, text: str, throttled: bool) -> None:
    assert is_throttled(code, text) == throttled


@pytest.mark.parametrize(
    ("holds", "minutes"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (1000, 60)]
)
def test_each_pause_in_a_row_is_twice_as_long_up_to_an_hour_and_spread(
    holds: int, minutes: int
) -> None:
    full = timedelta(minutes=minutes)
    assert held_until(holds, 0.0, NOW) == NOW + full / 2
    assert held_until(holds, 0.5, NOW) == NOW + full
    assert held_until(holds, 1.0, NOW) == NOW + full * 1.5


def test_domains_behind_the_same_servers_are_one_provider() -> None:
    assert provider_of("gmx.de") == provider_of("web.de") == "united-internet"
    assert provider_of("googlemail.com") == "google"


def test_the_domain_of_a_practice_cannot_be_read_from_its_provider() -> None:
    provider = provider_of("praxis-muster.example")
    assert "muster" not in provider
    assert provider == provider_of("praxis-muster.example")
    assert provider != provider_of("praxis-beispiel.example")
    assert label_of(provider) == label_of(None) == "others"
    assert {label_of(provider_of(domain)) for domain in ("gmx.de", "x.example")} <= set(LABELS)


def test_a_reply_says_whether_the_provider_our_server_or_nobody_wants_a_pause() -> None:
    outcomes: dict[Outcome, Slowed | None] = {
        Accepted("250 ok"): None,
        Rejected(421, "421 4.7.0 slow down", permanent=False): Slowed.PROVIDER,
        Rejected(452, "452 4.2.2 full", permanent=False): None,
        Rejected(550, "550 4.7.1 no", permanent=True): None,
        Unreachable("421 too many connections"): Slowed.RELAY,
        Unreachable("ConnectionRefusedError: 111"): None,
        Unknown("421 gone"): None,
    }
    assert {outcome: ending_of(outcome, None).slowed for outcome in outcomes} == outcomes


def test_a_lost_reply_slows_nobody_and_is_not_tried_again() -> None:
    assert ending_of(Unknown("421 gone"), None).event is MailEvent.REPLY_LOST
