"""A practice at its page: opens links, reads what stands there, fills in the form."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from communication_service.config import Config
from communication_service.storage.contact_wishes import ContactWish
from communication_service.use_cases.answer_links import AnswerLinks
from shared.contracts.berlin import BERLIN
from shared.db import Database
from tests.communication_service.neighbourhood import Neighbourhood

FORM = "application/x-www-form-urlencoded"
ACCEPTED, CAPACITY = "accepted", "rejected_capacity"
NOT_SUITABLE, OTHER = "rejected_not_suitable", "rejected_other"


@dataclass(frozen=True)
class Linked:
    bundle_id: int
    therapist_id: int
    mailbox_key: str


class Practice:
    """At the page of one inquiry; whoever has the link needs no token."""

    def __init__(
        self, client: FlaskClient, config: Config, linked: Linked, database: Database
    ) -> None:
        self._client = client
        self._database = database
        self._links = AnswerLinks(config.public_url, config.answer_link_keys, 42)
        self._prefix = config.public_url
        self.linked = linked

    def answer_path(self, *, days_ago: int = 0) -> str:
        """Days of the calendar: by Berlin's clock no summer time makes one more or fewer."""
        written = datetime.now(BERLIN) - timedelta(days=days_ago)
        return self._links.answer_link(self.linked, written).removeprefix(self._prefix)

    def opt_out_path(self) -> str:
        now = datetime.now(UTC)
        return self._links.opt_out_link(self.linked, now).removeprefix(self._prefix)

    def at(self, linked: Linked) -> "Practice":
        """With another link."""
        other = copy(self)
        other.linked = linked
        return other

    def look(
        self, path: str | None = None, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        return self._client.get(path or self.answer_path(), headers=headers)

    def method(self, method: str) -> tuple[int, str | None]:
        answer = self._client.open(self.answer_path(), method=method)
        return answer.status_code, answer.mimetype

    def click(self, content_type: str) -> int:
        """As a mail program does (RFC 8058)."""
        content = b"List-Unsubscribe=One-Click"
        path = self.opt_out_path()
        return self._client.post(path, data=content, content_type=content_type).status_code

    def click_at(self, path: str, **sent: Any) -> int:
        """At the very link that a mail's header names."""
        return self._client.post(path, **sent).status_code

    def head(self, path: str) -> TestResponse:
        return self._client.head(path)

    def post(self, path: str, fields: Mapping[str, str]) -> int:
        return self._client.post(path, data=fields).status_code

    def wishes(self) -> list[tuple[str, date | None]]:
        """What is kept of them, in their order."""
        with self._database.transaction() as session:
            rows = session.scalars(select(ContactWish).order_by(ContactWish.id))
            return [(row.kind, row.kontakt_wieder_ab) for row in rows]

    def answer(self, outcomes: Mapping[str, str], **fields: str) -> TestResponse:
        """Outcomes by letter; `fields` as the form names them."""
        chosen = {f"outcome_{letter}": outcome for letter, outcome in outcomes.items()}
        return self._client.post(self.answer_path(), data={**chosen, **fields})

    def send(self, content: bytes, content_type: str = FORM) -> TestResponse:
        return self._client.post(self.answer_path(), data=content, content_type=content_type)

    def opt_out(self) -> TestResponse:
        return self._client.post(self.opt_out_path(), data={"List-Unsubscribe": "One-Click"})


def practice_of(
    neighbourhood: Neighbourhood, client: FlaskClient, config: Config, bundle_id: int
) -> Practice:
    therapist_id = neighbourhood.therapist_of(bundle_id)
    key = neighbourhood.therapist_as_service(therapist_id)["mailbox_key"]
    database = client.application.extensions["door"].database
    return Practice(client, config, Linked(bundle_id, therapist_id, key), database)


def words_of(answer: TestResponse) -> str:
    """What somebody reads, in one line."""
    reader = _Reader()
    reader.feed(answer.get_data(as_text=True))
    return " ".join(" ".join(reader.heard).split())


def typed_in(answer: TestResponse) -> dict[str, str]:
    """What the form holds, by name."""
    reader = _Reader()
    reader.feed(answer.get_data(as_text=True))
    return reader.typed


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.typed: dict[str, str] = {}
        self._inside: list[str] = []
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found: dict[str, Any] = dict(attrs)
        self._inside.append(tag)
        if tag == "textarea":
            self._area = found["name"]
            self.typed[self._area] = ""
        if tag == "input" and (found["type"] != "radio" or "checked" in found):
            self.typed[found["name"]] = found["value"]

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "textarea" in self._inside:
            self.typed[self._area] += data
        elif "style" not in self._inside:
            self.heard.append(data)
