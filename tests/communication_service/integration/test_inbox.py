"""Our mailbox at servers that drop, hang, boast and talk nonsense: no mail is lost or doubled."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.communication_service.integration.hostile_imap import Mischief, Postroom, Step
from tests.communication_service.mail_desk import ANSWER, MailDesk, reply_to

LATER = "Patient B gern, für die anderen leider keine Kapazität."


@pytest.fixture
def answered(mail_desk: MailDesk, postroom: Postroom, mailed: int) -> MailDesk:
    """A practice has written back."""
    postroom.deliver(reply_to(mail_desk.mail(mailed)))
    return mail_desk


def test_a_mail_is_read_once(answered: MailDesk) -> None:
    assert [answered.read(), answered.read()] == [1, 0]
    assert answered.words(answered.only())["text"].startswith(ANSWER)


def test_nothing_is_changed_at_the_server(answered: MailDesk, postroom: Postroom) -> None:
    answered.read()
    assert not [word for word in postroom.heard if word.startswith(("STORE", "SELECT", "EXPUNGE"))]
    assert any(word.startswith("EXAMINE") for word in postroom.heard)
    assert any("BODY.PEEK" in word for word in postroom.heard)


@pytest.mark.parametrize(
    ("step", "mischief"),
    [
        *((step, Mischief.DROP) for step in Step),
        *((step, Mischief.HANG) for step in Step),
        *((step, Mischief.DRIP) for step in Step),
        *((step, Mischief.GARBAGE) for step in Step),
        (Step.LOGIN, Mischief.REFUSE),
        (Step.EXAMINE, Mischief.REFUSE),
        (Step.SEARCH, Mischief.REFUSE),
        (Step.FETCH, Mischief.BREAK_OFF),
        (Step.FETCH, Mischief.BOAST),
    ],
)
def test_whatever_the_server_does_the_mail_is_read_later(
    answered: MailDesk, postroom: Postroom, step: Step, mischief: Mischief
) -> None:
    with postroom.at(step, mischief):
        assert answered.read_impatiently() == 0
    assert answered.replies() == []

    assert answered.read() == 1
    assert answered.words(answered.only())["text"].startswith(ANSWER)


def test_what_came_before_a_mail_that_breaks_off_stays_read(
    answered: MailDesk, postroom: Postroom, mailed: int
) -> None:
    answered.read()
    postroom.deliver(reply_to(answered.mail(mailed), LATER))
    with postroom.at(Step.FETCH, Mischief.BREAK_OFF):
        answered.read()
    assert len(answered.replies()) == 1

    assert answered.read() == 1
    assert len(answered.replies()) == 2


@pytest.mark.parametrize("mischief", [Mischief.WITHHOLD, Mischief.REFUSE])
def test_a_mail_that_the_server_does_not_hand_out_is_shown_to_staff(
    answered: MailDesk, postroom: Postroom, mailed: int, mischief: Mischief
) -> None:
    postroom.deliver(reply_to(answered.mail(mailed), LATER))
    with postroom.at(Step.FETCH, mischief, times=1):
        assert answered.read() == 2
    assert [reply.kind for reply in answered.replies()] == ["unreadable", "reply"]


def test_a_mail_over_which_the_connection_always_breaks_holds_up_no_other_for_ever(
    answered: MailDesk, postroom: Postroom, mailed: int
) -> None:
    postroom.deliver(reply_to(answered.mail(mailed), LATER))
    with postroom.at(Step.FETCH, Mischief.DROP, times=20):
        for _ in range(20):
            answered.read()
    assert answered.replies() == []

    assert answered.read() == 2
    assert [reply.kind for reply in answered.replies()] == ["unreadable", "reply"]


def test_a_server_that_numbers_its_mails_anew_loses_and_doubles_none(
    answered: MailDesk, postroom: Postroom, mailed: int
) -> None:
    postroom.deliver(reply_to(answered.mail(mailed), "Rufen Sie mich an."))
    answered.read()
    postroom.deliver(reply_to(answered.mail(mailed), LATER))
    postroom.number_anew()

    assert answered.read() == 3
    assert len(answered.replies()) == 3
    assert answered.read() == 0


def test_a_mail_that_is_delivered_twice_is_one_reply(
    answered: MailDesk, postroom: Postroom, mailed: int
) -> None:
    raw = reply_to(answered.mail(mailed))
    postroom.mails.clear()
    postroom.deliver(b"Received: from a\r\n" + raw)
    postroom.deliver(b"Received: from b\r\nDelivered-To: c\r\n" + raw)

    assert answered.read() == 2
    assert len(answered.replies()) == 1


def test_two_mails_with_the_same_message_id_are_two_replies(
    answered: MailDesk, postroom: Postroom, mailed: int
) -> None:
    mail = answered.mail(mailed)
    postroom.mails.clear()
    for text in (ANSWER, LATER):
        postroom.deliver(reply_to(mail, text, message_id="<always-the-same@example.org>"))

    answered.read()
    assert len(answered.replies()) == 2


def test_what_lay_in_the_mailbox_before_we_began_to_read_is_not_ours(
    answered: MailDesk, postroom: Postroom, mailed: int
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=30)
    postroom.deliver(reply_to(answered.mail(mailed), LATER), arrived_at=long_ago)

    answered.read()
    assert len(answered.replies()) == 1


def test_more_than_a_round_can_take_waits_for_the_next(
    mail_desk: MailDesk, postroom: Postroom, mailed: int
) -> None:
    mail = mail_desk.mail(mailed)
    for number in range(55):
        postroom.deliver(reply_to(mail, f"{ANSWER} {number}"))

    assert [mail_desk.read(), mail_desk.read(), mail_desk.read()] == [50, 5, 0]
    assert len(mail_desk.replies()) == 55


def test_of_an_enormous_mail_only_the_beginning_is_fetched(
    answered: MailDesk, postroom: Postroom, mailed: int
) -> None:
    head, _, body = reply_to(answered.mail(mailed)).partition(b"\r\n\r\n")
    postroom.mails.clear()
    postroom.deliver(head + b"\r\n\r\n" + body + b"x" * 50_000_000)

    assert answered.read() == 1
    words = answered.words(answered.only())
    assert words["text"].startswith(ANSWER)
    assert len(words["text"]) < 200_000


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"\x00\xff\xfe" * 1000,
        b"From: praxis@example.org\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n----\r\n",
        b"Content-Type: text/plain; charset=no-such-charset\r\n\r\n\xe4\xf6",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x--",
        b"From: =?utf-8?b?/////?= <x@\r\nSubject: =?utf-9?q?=ff?=\r\n\r\nHallo",
        b"References: " + b"<a@b> " * 50_000 + b"\r\n\r\nHallo",
        b"Subject: " + b"[PV-999999999] " * 10_000 + b"\r\n\r\nHallo",
        b"".join(
            b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (n, n)
            for n in range(3000)
        ),
        b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    ],
)
def test_no_mail_that_a_stranger_writes_stops_the_reader(
    answered: MailDesk, postroom: Postroom, mailed: int, raw: bytes
) -> None:
    postroom.mails.clear()
    postroom.deliver(raw)
    postroom.deliver(reply_to(answered.mail(mailed)))

    assert answered.read() == 2
    assert [reply.bundle_id for reply in answered.replies()] == [None, mailed]
