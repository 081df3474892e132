"""Only an override shortens a cooling: a person, a reason, one cooling, one mail."""

import pytest

from tests.matching_service.integration.law.law_in_sql import Law, refused


@pytest.fixture
def cooling_law(law: Law) -> Law:
    law.turn_clock("2026-11-23T10:00Z")
    return law


def test_the_contact_that_carries_the_override_is_accepted(cooling_law: Law) -> None:
    mailbox = cooling_law.mailbox()
    override = cooling_law.override(cooling_law.answer(mailbox, "2026-12-21"))
    cooling_law.contact(mailbox, override=override)
    assert cooling_law.contactable_from(mailbox) is None


def test_a_contact_that_does_not_carry_it_is_still_refused(cooling_law: Law) -> None:
    mailbox = cooling_law.mailbox()
    cooling_law.override(cooling_law.answer(mailbox, "2026-12-21"))
    with refused("no_contact_while_cooling"):
        cooling_law.contact(mailbox)


def test_it_lifts_the_quiet_after_an_earlier_mail(cooling_law: Law) -> None:
    mailbox = cooling_law.mailbox()
    cooling_law.contact(mailbox)
    override = cooling_law.override(cooling_law.answer(mailbox, "2026-12-21"))
    cooling_law.contact(mailbox, override=override)


def test_it_allows_one_mail_and_not_two(cooling_law: Law) -> None:
    mailbox = cooling_law.mailbox()
    override = cooling_law.override(cooling_law.answer(mailbox, "2026-12-21"))
    cooling_law.contact(mailbox, override=override)
    with refused("quiet_between_unsolicited_mails"):
        cooling_law.contact(mailbox, "reminder", override=override)


def test_it_ends_one_cooling_and_not_the_next(cooling_law: Law) -> None:
    mailbox = cooling_law.mailbox()
    override = cooling_law.override(cooling_law.answer(mailbox, "2026-12-21"))
    cooling_law.answer(mailbox, "2027-01-04")
    assert cooling_law.contactable_from(mailbox) == "2027-01-04"
    with refused("no_contact_while_cooling"):
        cooling_law.contact(mailbox, override=override)


def test_the_longest_cooling_without_override_decides_the_date(cooling_law: Law) -> None:
    mailbox = cooling_law.mailbox()
    cooling_law.answer(mailbox, "2026-12-21")
    second = cooling_law.answer(mailbox, "2026-12-28")
    cooling_law.override(second)
    assert cooling_law.contactable_from(mailbox) == "2026-12-21"


def test_after_its_cooling_the_override_means_nothing(cooling_law: Law) -> None:
    mailbox = cooling_law.mailbox()
    override = cooling_law.override(cooling_law.answer(mailbox, "2026-12-21"))
    cooling_law.turn_clock("2026-12-21T10:00Z")
    assert cooling_law.contact(mailbox, override=override).override_id is None
    with refused("quiet_between_unsolicited_mails"):
        cooling_law.contact(mailbox, override=override)


def test_a_mail_under_override_keeps_the_next_ordinary_mail_away_for_seven_days(
    cooling_law: Law,
) -> None:
    mailbox = cooling_law.mailbox()
    override = cooling_law.override(cooling_law.answer(mailbox, "2026-11-25"))
    cooling_law.contact(mailbox, override=override)
    cooling_law.turn_clock("2026-11-30T09:59:59Z")
    with refused("quiet_between_unsolicited_mails"):
        cooling_law.contact(mailbox)
    cooling_law.turn_clock("2026-11-30T10:00:01Z")
    cooling_law.contact(mailbox)


def test_the_override_of_another_mailbox_is_refused(cooling_law: Law) -> None:
    override = cooling_law.override(cooling_law.answer(cooling_law.mailbox("one"), "2026-12-21"))
    other = cooling_law.mailbox("another")
    with refused("fk_mailbox_block_override"):
        cooling_law.contact(other, override=override)


def test_an_override_that_does_not_exist_is_refused(cooling_law: Law) -> None:
    mailbox = cooling_law.mailbox()
    with refused("fk_mailbox_block_override"):
        cooling_law.contact(mailbox, override=4711)


@pytest.mark.parametrize("reason", ["", " ", "\n\t"])
def test_an_override_needs_a_reason(cooling_law: Law, reason: str) -> None:
    cooling = cooling_law.answer(cooling_law.mailbox(), "2026-12-21")
    with refused("ck_cooling_override_reason"):
        cooling_law.override(cooling, reason)


def test_only_a_cooling_can_be_overridden(cooling_law: Law) -> None:
    contact = cooling_law.contact(cooling_law.mailbox())
    with refused("ck_cooling_override_of_cooling"):
        cooling_law.override(contact)


def test_an_answer_cannot_carry_an_override_to_escape_the_law(cooling_law: Law) -> None:
    mailbox = cooling_law.mailbox()
    override = cooling_law.override(cooling_law.answer(mailbox, "2026-12-21"))
    with refused("ck_mailbox_block_cooling"):
        cooling_law.one(
            "INSERT INTO mailbox_block"
            " (mailbox_id, kind, purpose, actor, next_contactable_date, override_id)"
            " VALUES (:mailbox, 'cooling', 'answer', 'anna', '2026-12-24', :override) RETURNING id",
            mailbox=mailbox,
            override=override,
        )
