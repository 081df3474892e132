"""After an answer a mailbox is left in peace until 00:00 Europe/Berlin of a date."""

import pytest

from tests.matching_service.integration.law.law_in_sql import Law, refused

UNSOLICITED = ("inquiry", "reminder", "v1_batch", "call")
EXEMPT = ("confirmation", "conflict_notice", "withdrawal_notice", "staff_mail")

# next_contactable_date, its last microsecond of cooling, its midnight in Berlin (both UTC)
MIDNIGHTS = [
    pytest.param(*dates, id=name)
    for name, dates in {
        "winter": ("2026-12-21", "2026-12-20T22:59:59.999999Z", "2026-12-20T23:00Z"),
        "summer": ("2026-07-01", "2026-06-30T21:59:59.999999Z", "2026-06-30T22:00Z"),
        "new year": ("2027-01-01", "2026-12-31T22:59:59.999999Z", "2026-12-31T23:00Z"),
        "clocks go forward": ("2026-03-29", "2026-03-28T22:59:59.999999Z", "2026-03-28T23:00Z"),
        "day after forward": ("2026-03-30", "2026-03-29T21:59:59.999999Z", "2026-03-29T22:00Z"),
        "clocks go back": ("2026-10-25", "2026-10-24T21:59:59.999999Z", "2026-10-24T22:00Z"),
        "day after back": ("2026-10-26", "2026-10-25T22:59:59.999999Z", "2026-10-25T23:00Z"),
        "leap day": ("2028-02-29", "2028-02-28T22:59:59.999999Z", "2028-02-28T23:00Z"),
        "day after leap day": ("2028-03-01", "2028-02-29T22:59:59.999999Z", "2028-02-29T23:00Z"),
    }.items()
]


@pytest.mark.parametrize(("date", "last_moment", "midnight"), MIDNIGHTS)
def test_a_contact_is_refused_until_the_date_and_accepted_from_its_first_moment(
    law: Law, date: str, last_moment: str, midnight: str
) -> None:
    mailbox = law.mailbox()
    law.turn_clock("2026-01-05T10:00Z")
    law.answer(mailbox, date)

    law.turn_clock(last_moment)
    with refused("no_contact_while_cooling"):
        law.contact(mailbox)

    law.turn_clock(midnight)
    law.contact(mailbox)


@pytest.mark.parametrize("purpose", UNSOLICITED)
def test_every_unsolicited_contact_is_refused_in_the_moment_after_the_answer(
    law: Law, purpose: str
) -> None:
    mailbox = law.mailbox()
    law.turn_clock("2026-11-23T10:00Z")
    law.answer(mailbox, "2026-12-21")
    with refused("no_contact_while_cooling"):
        law.contact(mailbox, purpose)


@pytest.mark.parametrize("purpose", EXEMPT)
def test_exempt_contacts_are_allowed_while_cooling_and_between_mails(
    law: Law, purpose: str
) -> None:
    mailbox = law.mailbox()
    law.turn_clock("2026-11-23T10:00Z")
    law.contact(mailbox, "inquiry")
    law.answer(mailbox, "2026-12-21")
    first, second = law.contact(mailbox, purpose), law.contact(mailbox, purpose)
    assert first.recorded_at < second.recorded_at


def test_an_unknown_purpose_is_refused(law: Law) -> None:
    with refused("ck_mailbox_block_purpose"):
        law.contact(law.mailbox(), "newsletter")


def test_another_mailbox_does_not_cool(law: Law) -> None:
    law.answer(law.mailbox("one practice"), "2999-01-01")
    law.contact(law.mailbox("another practice"))


def test_an_answer_needs_a_next_contactable_date(law: Law) -> None:
    mailbox = law.mailbox()
    with refused("ck_mailbox_block_cooling"):
        law.one(
            "INSERT INTO mailbox_block (mailbox_id, kind, purpose, actor)"
            " VALUES (:mailbox, 'cooling', 'answer', 'anna') RETURNING id",
            mailbox=mailbox,
        )


def test_the_database_sets_all_times_whatever_the_program_sends(law: Law) -> None:
    law.turn_clock("2026-11-23T10:00Z")
    block = law.one(
        "INSERT INTO mailbox_block"
        " (mailbox_id, kind, purpose, actor, recorded_at, during, quiet) VALUES"
        " (:mailbox, 'contact', 'inquiry', 'anna', '2001-01-01', 'empty', NULL)"
        " RETURNING recorded_at::text, during::text, quiet::text",
        mailbox=law.mailbox(),
    )
    assert block.recorded_at == "2026-11-23 10:00:00+00"
    assert block.during == '["2026-11-23 10:00:00+00","2026-11-23 10:00:00+00"]'
    assert block.quiet == '["2026-11-23 10:00:00+00","2026-11-30 10:00:00+00")'


def test_the_law_goes_by_the_wall_clock_and_not_by_the_start_of_the_transaction(law: Law) -> None:
    with law.app.begin() as connection:
        started = connection.exec_driver_sql("SELECT now()").scalar_one()
        assert connection.exec_driver_sql("SELECT law_clock()").scalar_one() > started


class TestATrueAnswerIsNeverRefused:
    def test_after_a_contact_of_the_same_moment(self, law: Law) -> None:
        mailbox = law.mailbox()
        law.turn_clock("2026-11-23T10:00Z")
        contact = law.contact(mailbox)
        assert law.answer(mailbox, "2026-12-21").recorded_at > contact.recorded_at

    def test_backdated_before_contacts_that_were_made_since(self, law: Law) -> None:
        mailbox = law.mailbox()
        law.turn_clock("2026-11-10T10:00Z")
        law.contact(mailbox)
        law.turn_clock("2026-11-20T10:00Z")
        law.contact(mailbox, "reminder")
        law.turn_clock("2026-11-23T10:00Z")
        law.answer(mailbox, "2026-12-09", response_at="2026-11-11T09:00Z")
        assert law.contactable_from(mailbox) == "2026-12-09"

    def test_so_late_that_its_cooling_is_over_and_then_it_stops_nobody(self, law: Law) -> None:
        mailbox = law.mailbox()
        law.turn_clock("2026-11-23T10:00Z")
        law.answer(mailbox, "2026-11-23", response_at="2026-10-26T09:00Z")
        law.contact(mailbox)

    def test_although_the_clock_was_set_back_since_the_contact(self, law: Law) -> None:
        mailbox = law.mailbox()
        law.turn_clock("2026-11-23T10:00Z")
        contact = law.contact(mailbox)
        law.turn_clock("2026-11-23T09:00Z")
        answer = law.answer(mailbox, "2026-12-21")
        assert answer.recorded_at > contact.recorded_at
        with refused("no_contact_while_cooling"):
            law.contact(mailbox)

    def test_while_an_earlier_answer_still_cools(self, law: Law) -> None:
        mailbox = law.mailbox()
        law.turn_clock("2026-11-23T10:00Z")
        law.answer(mailbox, "2026-12-21")
        law.answer(mailbox, "2026-12-22")
        assert law.contactable_from(mailbox) == "2026-12-22"


def test_an_answer_never_brings_the_date_forward(law: Law) -> None:
    mailbox = law.mailbox()
    law.turn_clock("2026-11-23T10:00Z")
    law.answer(mailbox, "2026-12-21")
    late = law.answer(mailbox, "2026-12-01", response_at="2026-11-03T10:00Z")
    assert str(late.next_contactable_date) == "2026-12-21"
    assert law.contactable_from(mailbox) == "2026-12-21"
