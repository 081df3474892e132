"""Both forms of every letter say the same, to everybody, whatever a name consists of."""

import re
from collections.abc import Mapping
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest

from communication_service.domain.notices import confirmation_letter
from communication_service.gateways.message import OutgoingMail, compose, message_id
from communication_service.gateways.people import read_addressee, read_named, read_recipient
from communication_service.use_cases.write_mail import (
    AnyLetter,
    MailSender,
    WrittenMail,
    write_mail,
)
from tests.communication_service.letter_samples import (
    INQUIRY,
    LINKS,
    NOW,
    PATIENTS,
    SENDER,
    THERAPIST,
    every_letter,
    inquiry,
    patient_letters,
    staff_mails,
)

EVERY_LETTER = every_letter()
LONGEST_LINE = 998
LARGEST_LETTER = 100_000
HOSTILE = "<script>alert('x')</script> & \"Söhne\" {{ 7*7 }}"


class Words(HTMLParser):
    """The words that a reader of the HTML form sees."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self._hidden = self._hidden or tag == "head"

    def handle_endtag(self, tag: str) -> None:
        self._hidden = self._hidden and tag != "head"

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.seen += words_in(data)


def words_in(text: str) -> list[str]:
    """Without bullets, lines of hyphens and the marks around words from right to left."""
    bare = re.sub("[\u2068\u2069]", "", text)
    return [word for word in bare.split() if word not in ("*", "--") and word.strip("-")]


def seen_in(html: str) -> list[str]:
    words = Words()
    words.feed(html)
    return words.seen


def as_mail(mail: WrittenMail, recipient: str = "Dr. Jördis Müller-Großmann") -> EmailMessage:
    outgoing = OutgoingMail(
        message_id(INQUIRY, "inquiry", "platz.example"),
        SENDER.name,
        "anfragen@platz.example",
        recipient,
        "praxis@example.org",
        mail.subject,
        mail.body_text,
        mail.body_html,
    )
    return compose(outgoing, NOW)


def confirmation_for(**names: Any) -> WrittenMail:
    named = read_named({"telefon": "0221 1", **names})
    letter = confirmation_letter(INQUIRY, read_addressee(THERAPIST), {"A": named, "B": None})
    return write_mail(letter, SENDER)


@pytest.mark.parametrize(("name", "letter"), EVERY_LETTER.items())
def test_text_and_html_say_the_same_words(name: str, letter: AnyLetter) -> None:
    mail = write_mail(letter, SENDER)
    assert seen_in(mail.body_html) == words_in(mail.body_text), name


@pytest.mark.parametrize(("name", "letter"), EVERY_LETTER.items())
def test_a_letter_can_be_read_by_everybody(name: str, letter: AnyLetter) -> None:
    html = write_mail(letter, SENDER).body_html
    assert html.startswith('<!DOCTYPE html>\n<html lang="de">'), name
    assert re.findall("<title>(.+)</title>", html)
    assert all("alt=" in picture for picture in re.findall("<img[^>]*>", html))
    assert re.findall(r"<table(?![^>]*role=).*?>(?!\s*<tr[^>]*>\s*<th scope=)", html) == []
    assert not re.search(r"<(script|style|link|iframe|form|object)\b|\bsrc=|url\(", html)


@pytest.mark.parametrize(("name", "letter"), EVERY_LETTER.items())
def test_a_letter_fits_through_every_mail_server(name: str, letter: AnyLetter) -> None:
    wire = as_mail(write_mail(letter, SENDER)).as_bytes()
    assert len(wire) < LARGEST_LETTER, name
    assert max(map(len, wire.split(b"\r\n"))) < LONGEST_LINE
    assert wire.isascii()
    assert b"\n" not in wire.replace(b"\r\n", b"")


@pytest.mark.parametrize(("name", "letter"), EVERY_LETTER.items())
def test_a_letter_says_who_answers_for_it_and_what_it_is_about(
    name: str, letter: AnyLetter
) -> None:
    mail = write_mail(letter, SENDER)
    about = {**dict.fromkeys(patient_letters(), "PS-815"), **dict.fromkeys(staff_mails())}
    reference = about.get(name, "PV-4711")
    known_by = [f"Kennung: {reference}"] if reference else []
    assert mail.subject.endswith(f" [{reference}]") is (reference is not None)
    assert mail.body_text.endswith("\n".join(["", "--", *SENDER.legal_lines, *known_by, ""]))


@pytest.mark.parametrize(("name", "letter"), EVERY_LETTER.items())
def test_without_a_phone_number_no_call_is_offered(name: str, letter: AnyLetter) -> None:
    mail = write_mail(letter, MailSender("Team", "", SENDER.legal_lines))
    assert not re.search(r"rufen Sie uns an|anrufen:|:\.|oder\.", mail.body_text), name


@pytest.mark.parametrize(
    "names",
    [
        {"vorname": HOSTILE, "nachname": "Öz"},
        {"vorname": "A", "nachname": HOSTILE, "anrede": "Frau"},
        {"vorname": "A", "nachname": "B", "telefon": HOSTILE},
        {"vorname": "A", "nachname": "B", "email": HOSTILE},
    ],
)
def test_a_hostile_name_is_only_a_name(names: Mapping[str, str]) -> None:
    mail = confirmation_for(**names)
    assert "<script" not in mail.body_html
    assert "&lt;script&gt;alert(" in mail.body_html
    assert HOSTILE in mail.body_text
    assert seen_in(mail.body_html) == words_in(mail.body_text)


def test_what_stands_in_the_letterhead_is_escaped_as_well() -> None:
    sender = MailSender("A & B", "<0221>", ("<b>Fuß</b>",))
    html = write_mail(inquiry(PATIENTS[:2]), sender).body_html
    assert not re.search("<0221|<b>", html)
    assert "A &amp; B" in html


def test_a_hostile_link_stays_in_its_attribute() -> None:
    hostile = type(LINKS)('https://x.example/"onclick="y', None)
    html = write_mail(inquiry(PATIENTS[:1], links=hostile), SENDER).body_html
    assert '"onclick="' not in html


def test_a_name_from_right_to_left_turns_nothing_around() -> None:
    mail = confirmation_for(anrede="Frau", vorname="שרה", nachname="כהן")
    assert "<bdi>Frau שרה כהן</bdi>" in mail.body_html
    assert "\u2068Frau שרה כהן\u2069" in mail.body_text
    opening = write_mail(
        patient_letters({"vorname": "سارة", "nachname": "حداد"})["search_started"], SENDER
    )
    assert "<p><bdi>Guten Tag سارة حداد</bdi>,</p>" in opening.body_html


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200f", "\x00", "\x1b", "\ufeff"])
def test_signs_that_nobody_sees_do_not_travel(sign: str) -> None:
    mail = confirmation_for(vorname=f"An{sign}na", nachname="Öz")
    assert sign not in mail.body_text + mail.body_html
    assert "Anna Öz" in mail.body_text


@pytest.mark.parametrize("name", ["x" * 5000, "ö" * 5000, "x " * 2500, "שרה" * 1000])
def test_a_name_without_end_ends(name: str) -> None:
    mail = confirmation_for(vorname=name, nachname=name)
    recipient = read_recipient({"vorname": name, "nachname": name, "email": "a@b.de"}).name
    wire = as_mail(mail, recipient).as_bytes()
    assert len(wire) < LARGEST_LETTER
    assert max(map(len, wire.split(b"\r\n"))) < LONGEST_LINE
    assert "…" in mail.body_text


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_a_line_break_in_a_name_adds_no_header_and_no_line(break_: str) -> None:
    name = f"Anna{break_}Bcc: alle@example.org{break_}{break_}Text"
    document = {"vorname": name, "nachname": f"Öz{break_}X", "email": "a@b.de"}
    message = as_mail(confirmation_for(**document), read_recipient(document).name)
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["praxis@example.org"]
    assert "  Anna Bcc: alle@example.org Text Öz X\n" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_umlauts_stand_as_they_are_spoken() -> None:
    mail = write_mail(inquiry(PATIENTS[:5]), SENDER)
    message = as_mail(mail)
    for part in ("plain", "html"):
        body = message.get_body((part,))
        assert body is not None
        assert {"Müller-Großmann", "fünf"} <= set(re.findall(r"[\w-]+", body.get_content()))
    assert message["Subject"] == mail.subject
    assert message["Content-Language"] == "de"
