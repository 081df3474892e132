"""What has left the house by mail: read from the mail sink's folder, or asked of Mailpit."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_binary_file, policy
from pathlib import Path
from typing import Any

import requests

_PAGE = 500


@dataclass(frozen=True)
class Mail:
    message_id: str  # as in the header, with angle brackets
    recipient: str
    subject: str


def mails_in(folder: Path) -> Iterator[Mail]:
    """In the order of their arrival."""
    for file in sorted(folder.glob("*.eml")):
        with file.open("rb") as opened:
            mail = message_from_binary_file(opened, policy=policy.default)
        yield Mail(str(mail["Message-ID"]), str(mail["X-Envelope-To"]), str(mail["Subject"]))


def mails_at(mailpit_url: str) -> Iterator[Mail]:
    """The latest first. Each of our mails goes to one address, the one in its To."""
    with requests.Session() as mailpit:
        mailpit.trust_env = False
        start, total = 0, 1
        while start < total:
            page = _page(mailpit, mailpit_url, start)
            yield from (_seen(message) for message in page["messages"])
            start, total = start + _PAGE, int(page["total"])


def _page(mailpit: requests.Session, url: str, start: int) -> dict[str, Any]:
    query = {"start": start, "limit": _PAGE}
    answer = mailpit.get(f"{url}/api/v1/messages", params=query, timeout=30)
    answer.raise_for_status()
    page: dict[str, Any] = answer.json()
    return page


def _seen(message: dict[str, Any]) -> Mail:
    recipient = str(message["To"][0]["Address"])
    return Mail(f"<{message['MessageID']}>", recipient, str(message["Subject"]))
