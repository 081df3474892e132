from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from communication_service.gateways.message import (
    OutgoingMail,
    UnusableAddressError,
    ascii_address,
    comparable_address,
    compose,
    message_id,
)
from communication_service.gateways.smtp import wire_text

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
]


def mail_with(
    *,
    subject: str = "Therapieplätze für fünf Personen gesucht [PV-4711]",
    recipient_name: str = "Dr. Änne Groß-Öztürk, Praxis",
    recipient_address: str = "praxis@example.org",
    body_text: str = "Grüße aus Köln\n",
) -> OutgoingMail:
    return OutgoingMail(
        message_id=message_id(4711, "inquiry", "platz.example"),
        sender_name="Platzvermittlung Köln",
        sender_address="anfragen@platz.example",
        recipient_name=recipient_name,
        recipient_address=recipient_address,
        subject=subject,
        body_text=body_text,
        body_html="<p>Grüße aus Köln</p>\n",
    )


def as_received(mail: OutgoingMail) -> EmailMessage:
    received = message_from_bytes(wire_text(compose(mail, NOW)), policy=SMTP)
    assert isinstance(received, EmailMessage)
    return received


LINK = f"https://platz.example/answer/{'aB3_-.' * 60}/opt-out"


def test_a_mail_that_nobody_asked_for_can_be_stopped_by_one_click() -> None:
    message = as_received(replace(mail_with(), unsubscribe_link=LINK))
    assert message["List-Unsubscribe"] == f"<{LINK}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_long_link_stays_one_line_of_plain_letters() -> None:
    wire = wire_text(compose(replace(mail_with(), unsubscribe_link=LINK), NOW))
    assert f"\r\nList-Unsubscribe: <{LINK}>\r\n".encode() in wire


def test_a_letter_that_no_person_let_go_says_so_to_machines() -> None:
    assert (
        as_received(replace(mail_with(), is_automatic=True))["Auto-Submitted"] == "auto-generated"
    )
    assert as_received(mail_with())["Auto-Submitted"] is None


@pytest.mark.parametrize("subject", ["Grüße", "Ä" * 300, "kurz " * 80, "🌱 Plätze für Öczan"])
def test_umlauts_and_long_subjects_arrive_whole(subject: str) -> None:
    assert as_received(mail_with(subject=subject))["Subject"] == subject.strip()


def test_both_forms_of_the_letter_arrive_whole() -> None:
    received = as_received(mail_with())
    contents = [part.get_content().replace("\r\n", "\n") for part in received.iter_parts()]
    assert contents == ["Grüße aus Köln\n", "<p>Grüße aus Köln</p>\n"]


@pytest.mark.parametrize(
    "hostile",
    [
        "Anna\r\nBcc: spy@example.net",
        "Anna\nBcc: spy@example.net\n\nbody",
        "Anna\x0bBcc: spy@example.net",
        "Anna\u2028Bcc: spy@example.net",
        "Anna\x85Bcc: spy@example.net",
        "=?utf-8?q?Anna=0D=0ABcc:_spy=40example.net?=",
        "=?utf-8?b?QW5uYQ0KQmNjOiBzcHlAZXhhbXBsZS5uZXQ=?=",
        "Ä=?utf-8?q?=0D=0ABcc:_spy=40example.net?=" * 5,
        'Anna" <spy@example.net>, "',
        "Anna, spy@example.net",
        "\x00\x1b[31m",
        "Ä" * 200 + ", <spy@example.net>",
    ],
)
def test_no_name_or_subject_adds_a_header_or_a_recipient(hostile: str) -> None:
    received = as_received(mail_with(subject=hostile, recipient_name=hostile))
    assert list(received.keys()) == HEADERS
    assert [person.addr_spec for person in received["To"].addresses] == ["praxis@example.org"]
    assert not received["To"].defects


@pytest.mark.parametrize(
    "text", [".", "..\n.\n", "a\n.\nMAIL FROM:<x@y>\n", "x\r.\r\ny", "." * 200]
)
def test_no_body_ends_the_text_early_or_smuggles_a_line_end(text: str) -> None:
    wire = wire_text(compose(mail_with(body_text=text), NOW))
    assert wire.endswith(b"\r\n")
    lines = wire.split(b"\r\n")
    assert b"." not in lines
    assert not [line for line in lines if b"\r" in line or b"\n" in line]
    assert max(len(line) for line in lines) <= 79  # 78 and a doubled dot
    assert wire.isascii()


def test_a_hint_that_is_told_again_is_another_message() -> None:
    again = message_id(4711, "consent_missing", "platz.example", 1)
    assert again == "<pv-4711-1.consent_missing@platz.example>"


def test_every_attempt_bears_the_same_message_id() -> None:
    assert message_id(4711, "inquiry", "Platz.example") == "<pv-4711.inquiry@platz.example>"
    assert message_id(4711, "reminder", "platz.example") != message_id(
        4711, "inquiry", "platz.example"
    )


@pytest.mark.parametrize(
    ("written", "envelope"),
    [
        ("praxis@example.org", "praxis@example.org"),
        (" Praxis.Nord+a@Example.ORG ", "Praxis.Nord+a@example.org"),
        ("info@praxis-müller.de", "info@xn--praxis-mller-klb.de"),
        ("info@PRAXIS-MÜLLER.de", "info@xn--praxis-mller-klb.de"),
        ("info@straße.de", "info@xn--strae-oqa.de"),
    ],
)
def test_an_address_with_umlauts_keeps_its_domain(written: str, envelope: str) -> None:
    assert ascii_address(written) == envelope


@pytest.mark.parametrize(
    "written",
    [
        "",
        "praxis",
        "@example.org",
        "praxis@",
        "a@b@example.org",
        "müller@example.org",
        "a b@example.org",
        "a@exa mple.org",
        "a@example.org\r\nRCPT TO:<spy@example.net>",
        "a@example.org, spy@example.net",
        "a@example..org",
        "a@ä .org",
        "<a@example.org>",
        "a" * 65 + "@example.org",
    ],
)
def test_what_is_no_single_address_is_refused(written: str) -> None:
    with pytest.raises(UnusableAddressError):
        compose(mail_with(recipient_address=written), NOW)


@pytest.mark.parametrize(
    "spelling", ["praxis@müller.example", "Praxis@xn--mller-kva.EXAMPLE", " praxis@MÜLLER.example "]
)
def test_spellings_of_one_mailbox_compare_as_one(spelling: str) -> None:
    assert comparable_address(spelling) == "praxis@xn--mller-kva.example"


def test_what_is_no_address_compares_with_itself() -> None:
    assert comparable_address(" Kein Postfach ") == "kein postfach"
