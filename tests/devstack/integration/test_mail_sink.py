"""The mail sink: what was accepted is on disk, complete, and nowhere else."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP

import pytest

from devstack.mail_sink import MailFolder, serve

ARRIVAL = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(serve(tmp_path, 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def letter(text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "vermittlung@platzsuche.example"
    message["To"] = "praxis@therapie.example"
    message["Subject"] = "Anfrage für vier Plätze [PV-1]"
    message.set_content(text)
    return message


def test_a_message_is_kept_as_it_was_sent(port: int, tmp_path: Path) -> None:
    with SMTP("127.0.0.1", port) as smtp:
        smtp.send_message(letter("Grüße aus Köln"), to_addrs=["archiv@therapie.example"])
    (file,) = tmp_path.glob("*.eml")
    kept = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert kept["Subject"] == "Anfrage für vier Plätze [PV-1]"
    assert kept["X-Envelope-To"] == "archiv@therapie.example"
    assert kept.get_content().strip() == "Grüße aus Köln"


def test_every_message_has_a_file_of_its_own(port: int, tmp_path: Path) -> None:
    with SMTP("127.0.0.1", port) as smtp:
        for number in range(5):
            smtp.send_message(letter(f"Nummer {number}"))
    assert len(list(tmp_path.glob("*.eml"))) == 5


def test_a_message_without_its_end_is_not_kept(port: int, tmp_path: Path) -> None:
    smtp = SMTP("127.0.0.1", port)
    smtp.ehlo()
    smtp.mail("vermittlung@platzsuche.example")
    smtp.rcpt("praxis@therapie.example")
    smtp.docmd("DATA")
    smtp.send(b"Subject: half a mess")
    smtp.close()
    with SMTP("127.0.0.1", port) as other:
        other.noop()
    assert list(tmp_path.iterdir()) == []


def test_names_sort_by_arrival_also_within_one_moment(tmp_path: Path) -> None:
    folder = MailFolder(tmp_path, lambda: ARRIVAL)
    names = [folder.keep(b"x") for _ in range(12)]
    assert names == sorted(names)
    assert len(set(names)) == 12


def test_no_unfinished_file_remains(tmp_path: Path) -> None:
    name = MailFolder(tmp_path, lambda: ARRIVAL).keep(b"text")
    assert [file.name for file in tmp_path.iterdir()] == [name]
