"""The same mail, read from the mail sink's folder and asked of Mailpit."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from devstack.mail_sink import MailFolder
from devstack.story.mails import Mail, mails_at, mails_in

MAIL = Mail("<pv-30.inquiry@platzsuche.example>", "praxis@example.org", "Therapieplätze")
# As Mailpit 1.31 answers, shortened to what could matter.
SEEN_BY_MAILPIT = {
    "MessageID": "pv-30.inquiry@platzsuche.example",
    "From": {"Name": "Vermittlung", "Address": "vermittlung@platzsuche.example"},
    "To": [{"Name": "Praxis", "Address": "praxis@example.org"}],
    "Cc": None,
    "Bcc": None,
    "Subject": "Therapieplätze",
}


@contextmanager
def mailpit(messages: list[dict[str, Any]]) -> Iterator[str]:
    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            start, limit = int(query["start"][0]), int(query["limit"][0])
            page = {"total": len(messages), "messages": messages[start : start + limit]}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(page).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """The base class writes to stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_mail_is_read_from_the_folder(tmp_path: Path) -> None:
    folder = MailFolder(tmp_path, lambda: datetime(2026, 11, 23, tzinfo=UTC))
    header = f"Message-ID: {MAIL.message_id}\r\nSubject: =?utf-8?q?Therapiepl=C3=A4tze?=\r\n\r\n"
    folder.keep(f"X-Envelope-To: {MAIL.recipient}\r\n{header}".encode())
    assert list(mails_in(tmp_path)) == [MAIL]


def test_a_mail_is_asked_of_mailpit() -> None:
    with mailpit([SEEN_BY_MAILPIT]) as url:
        assert list(mails_at(url)) == [MAIL]


def test_mailpit_is_asked_until_nothing_is_left() -> None:
    with mailpit([SEEN_BY_MAILPIT] * 1001) as url:
        assert list(mails_at(url)) == [MAIL] * 1001


def test_where_nothing_was_mailed_nothing_is_found(tmp_path: Path) -> None:
    with mailpit([]) as url:
        assert [*mails_at(url), *mails_in(tmp_path)] == []
