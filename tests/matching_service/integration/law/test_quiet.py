"""At most one unsolicited mail per mailbox in seven days, whoever sends it and why."""

from itertools import product

import pytest

from tests.matching_service.integration.law.law_in_sql import Law, refused

MAILS = ("inquiry", "reminder", "v1_batch")


@pytest.mark.parametrize(("first", "second"), list(product(MAILS, MAILS)))
def test_a_second_mail_is_refused_within_seven_days(law: Law, first: str, second: str) -> None:
    mailbox = law.mailbox()
    law.turn_clock("2026-11-02T10:00Z")
    law.contact(mailbox, first)
    law.turn_clock("2026-11-09T09:59:59.999999Z")
    with refused("quiet_between_unsolicited_mails"):
        law.contact(mailbox, second)


@pytest.mark.parametrize(
    ("first", "seven_days_later"),
    [
        ("2026-11-02T10:00Z", "2026-11-09T10:00Z"),
        pytest.param("2026-03-25T10:00Z", "2026-04-01T10:00Z", id="clocks go forward"),
        pytest.param("2026-10-21T10:00Z", "2026-10-28T10:00Z", id="clocks go back"),
        pytest.param("2028-02-25T10:00Z", "2028-03-03T10:00Z", id="leap day"),
    ],
)
def test_a_second_mail_is_accepted_at_exactly_seven_days(
    law: Law, first: str, seven_days_later: str
) -> None:
    mailbox = law.mailbox()
    law.turn_clock(first)
    law.contact(mailbox)
    law.turn_clock(seven_days_later)
    law.contact(mailbox, "reminder")


def test_a_call_neither_needs_quiet_nor_starts_it(law: Law) -> None:
    mailbox = law.mailbox()
    law.turn_clock("2026-11-02T10:00Z")
    law.contact(mailbox, "call")
    law.contact(mailbox, "inquiry")
    assert law.contact(mailbox, "call").quiet is None


def test_a_confirmation_does_not_start_quiet(law: Law) -> None:
    mailbox = law.mailbox()
    law.contact(mailbox, "confirmation")
    law.contact(mailbox, "inquiry")


def test_quiet_is_of_one_mailbox(law: Law) -> None:
    law.contact(law.mailbox("one practice"))
    law.contact(law.mailbox("another practice"))


def test_a_clock_set_back_does_not_open_a_gap(law: Law) -> None:
    mailbox = law.mailbox()
    law.turn_clock("2026-11-09T10:00Z")
    law.contact(mailbox)
    law.turn_clock("2026-11-01T10:00Z")
    with refused("quiet_between_unsolicited_mails"):
        law.contact(mailbox)
