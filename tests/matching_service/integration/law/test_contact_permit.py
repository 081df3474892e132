"""A permit is a contact recorded now and made later that day, unless an answer comes between."""

import pytest

from tests.matching_service.integration.law.law_in_sql import Law, refused


def test_a_permit_can_be_claimed_and_claimed_again(law: Law) -> None:
    permit = law.permit(law.contact(law.mailbox()))
    first = law.claim(permit)
    assert first.claimed_at is not None
    assert law.claim(permit).claimed_at == first.claimed_at


def test_a_permit_cannot_be_claimed_after_an_answer(law: Law) -> None:
    mailbox = law.mailbox()
    permit = law.permit(law.contact(mailbox))
    law.answer(mailbox, "2999-01-01")
    with refused("revoked"):
        law.claim(permit)


def test_an_answer_whose_cooling_is_over_revokes_permits_all_the_same(law: Law) -> None:
    mailbox = law.mailbox()
    permit = law.permit(law.contact(mailbox))
    law.answer(mailbox, "2001-01-01")
    with refused("revoked"):
        law.claim(permit)


def test_a_claimed_permit_cannot_be_claimed_again_after_an_answer(law: Law) -> None:
    mailbox = law.mailbox()
    permit = law.permit(law.contact(mailbox))
    law.claim(permit)
    law.answer(mailbox, "2999-01-01")
    with refused("cooling"):
        law.claim(permit)


def test_nor_when_the_cooling_of_that_answer_is_over(law: Law) -> None:
    mailbox = law.mailbox()
    permit = law.permit(law.contact(mailbox))
    law.claim(permit)
    law.answer(mailbox, "2001-01-01")
    with refused("revoked"):
        law.claim(permit)


def test_an_override_does_not_revive_a_revoked_permit(law: Law) -> None:
    mailbox = law.mailbox()
    permit = law.permit(law.contact(mailbox))
    law.override(law.answer(mailbox, "2999-01-01"))
    with refused("revoked"):
        law.claim(permit)


def test_a_permit_issued_late_for_a_contact_before_the_answer_is_born_revoked(law: Law) -> None:
    mailbox = law.mailbox()
    contact = law.contact(mailbox)
    law.answer(mailbox, "2999-01-01")
    assert law.permit(contact).revoked_at is not None


def test_a_contact_under_override_gets_a_permit_that_can_be_claimed(law: Law) -> None:
    mailbox = law.mailbox()
    override = law.override(law.answer(mailbox, "2999-01-01"))
    law.claim(law.permit(law.contact(mailbox, override=override)))


@pytest.mark.parametrize(
    ("recorded", "last_moment", "too_late"),
    [
        ("2026-11-23T22:59:59Z", "2026-11-23T22:59:59.999999Z", "2026-11-23T23:00Z"),
        ("2026-11-23T23:00Z", "2026-11-24T22:59:59.999999Z", "2026-11-24T23:00Z"),
        pytest.param(
            "2026-03-28T23:00Z",
            "2026-03-29T21:59:59.999999Z",
            "2026-03-29T22:00Z",
            id="day of 23 hours",
        ),
        pytest.param(
            "2026-10-24T22:00Z",
            "2026-10-25T22:59:59.999999Z",
            "2026-10-25T23:00Z",
            id="day of 25 hours",
        ),
        pytest.param(
            "2028-02-29T10:00Z",
            "2028-02-29T22:59:59.999999Z",
            "2028-02-29T23:00Z",
            id="leap day",
        ),
    ],
)
def test_a_permit_ends_with_its_day_in_berlin(
    law: Law, recorded: str, last_moment: str, too_late: str
) -> None:
    law.turn_clock(recorded)
    permit = law.permit(law.contact(law.mailbox()))
    law.turn_clock(last_moment)
    law.claim(permit)
    law.turn_clock(too_late)
    with refused("expired"):
        law.claim(permit)


def test_a_revoked_permit_stays_revoked(law: Law) -> None:
    mailbox = law.mailbox()
    permit = law.permit(law.contact(mailbox))
    law.answer(mailbox, "2001-01-01")
    with refused("PV001"):
        law.run("UPDATE contact_permit SET revoked_at = NULL WHERE id = :id", id=permit.id)


def test_a_claimed_permit_can_be_neither_revoked_nor_freed(law: Law) -> None:
    permit = law.permit(law.contact(law.mailbox()))
    law.claim(permit)
    for change in ("revoked_at = now()", "claimed_at = NULL"):
        with refused("claimed"):
            law.run(f"UPDATE contact_permit SET {change} WHERE id = :id", id=permit.id)


def test_what_a_permit_is_for_is_read_from_its_contact(law: Law) -> None:
    contact = law.contact(law.mailbox(), "reminder", inquiry=17)
    permit = law.one(
        "INSERT INTO contact_permit (block_id, therapist_id, purpose, inquiry_id, mailbox_id,"
        " valid_until, claimed_at)"
        " VALUES (:block, 1, 'staff_mail', 4, 99, '2999-01-01', now()) RETURNING *",
        block=contact.id,
    )
    assert (permit.purpose, permit.inquiry_id, permit.mailbox_id) == (
        "reminder",
        17,
        contact.mailbox_id,
    )
    assert permit.claimed_at is None


def test_a_permit_needs_a_contact(law: Law) -> None:
    cooling = law.answer(law.mailbox(), "2026-12-21")
    with refused("fk_contact_permit_block"):
        law.permit(cooling)


def test_one_inquiry_has_one_unused_permit_for_one_purpose(law: Law) -> None:
    law.permit(law.contact(law.mailbox("one"), "inquiry", inquiry=17))
    second = law.contact(law.mailbox("moved to another"), "inquiry", inquiry=17)
    with refused("uq_contact_permit_inquiry_purpose"):
        law.permit(second)


def test_a_revoked_permit_makes_room_for_another(law: Law) -> None:
    law.turn_clock("2026-11-02T10:00Z")
    mailbox = law.mailbox()
    unused = law.permit(law.contact(mailbox, "reminder", inquiry=17))
    law.turn_clock("2026-11-09T10:00Z")
    law.run("UPDATE contact_permit SET revoked_at = now() WHERE id = :id", id=unused.id)
    law.claim(law.permit(law.contact(mailbox, "reminder", inquiry=17)))


def test_the_same_mail_may_be_tried_again_and_prolongs_the_quiet(law: Law) -> None:
    law.turn_clock("2026-11-02T10:00Z")
    mailbox = law.mailbox()
    law.claim(law.permit(law.contact(mailbox, "inquiry", inquiry=17)))
    law.turn_clock("2026-11-03T10:00Z")
    law.claim(law.permit(law.contact(mailbox, "inquiry", inquiry=17)))
    law.turn_clock("2026-11-10T09:59:59Z")
    with refused("quiet_between_unsolicited_mails"):
        law.contact(mailbox, "reminder", inquiry=17)
    law.turn_clock("2026-11-10T10:00Z")
    law.contact(mailbox, "reminder", inquiry=17)


def test_several_calls_may_be_tried_for_one_inquiry(law: Law) -> None:
    mailbox = law.mailbox()
    for _attempt in range(3):
        law.claim(law.permit(law.contact(mailbox, "call", inquiry=17)))
