"""The reader of our mailbox killed at every step: what came in takes effect once, whatever dies."""

import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from communication_service.config import Config
from communication_service.storage.tables import Email
from tests.communication_service.certificates import self_signed, shown_by_server
from tests.communication_service.integration.hostile_imap import Postroom, post_office
from tests.communication_service.mail_desk import MailDesk, reply_to, report_on
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker
from tests.failpoints.harness import Failpoints
from tests.failpoints.sampling import chosen
from tests.failpoints.watches import watch_calls, watch_engines, watch_psycopg
from tests.issuer import Issuer
from tests.system.eager_mail_server import eager_mail_server

AT_ONCE = 10
ENOUGH_CONTACTS = 200
STRANGER = "fremd@example.org"


@dataclass
class Scene:
    """Inquiries in plenty whose mails went out, and a mailbox that fills: every kill meets a
    report of non-delivery and a stranger's reply of its own."""

    admin: Engine
    neighbourhood: Neighbourhood
    config: Config
    room: Postroom
    port: int
    certificate: Path
    mailed: list[Email] = field(default_factory=list)
    made: int = 0

    @property
    def failpoints(self) -> Failpoints:
        steps = watch_calls(ssl.SSLSocket, "sendall")
        return Failpoints(self.work, [watch_engines, watch_psycopg, steps])

    def next_mailed(self) -> Email:
        """Its mail comes back, and a stranger writes."""
        if not self.mailed:
            self.mailed = self._more()
        mail = self.mailed.pop()
        assert mail.recipient_email is not None
        self.room.deliver(report_on(mail, recipient=mail.recipient_email))
        subject = f"Frage {mail.id}"
        self.room.deliver(reply_to(mail, sender=STRANGER, In_Reply_To="<x@y>", Subject=subject))
        return mail

    def work(self) -> None:
        """What a worker does. Runs in a child and leaves its connections to its end."""
        worker = SteppedWorker(self.config)
        MailDesk(worker, self.room, self.port, self.certificate).read()
        worker.tell()

    def work_off(self) -> None:
        """What a new worker does, once the dead one's connections are closed."""
        self._wait_for_the_dead()
        with closing(SteppedWorker(self.config)) as worker:
            desk = MailDesk(worker, self.room, self.port, self.certificate)
            while desk.read():
                pass
            worker.tell()

    def fate_of(self, mail: Email) -> dict[str, Any]:
        with self.admin.connect() as rows:
            state = rows.scalar(select(Email.state).where(Email.id == mail.id))
            reports = text("SELECT count(*) FROM communication_service.reply WHERE email_id = :id")
            filed = rows.scalar(reports, {"id": mail.id})
            replies = rows.scalar(
                text("SELECT count(*) FROM communication_service.reply WHERE kind = 'reply'")
            )
        told = [news["type"] for news in self.neighbourhood.told(mail.bundle_id or 0)]
        return {
            "state": state,
            "reports": filed,
            "replies": replies,
            "bounced": told.count("communication.email_bounced"),
        }

    def _more(self) -> list[Email]:
        numbers = range(self.made, self.made + AT_ONCE)
        self.made += AT_ONCE
        addresses = [f"praxis{number}@example.org" for number in numbers]
        bundles = self.neighbourhood.drafts(self.neighbourhood.practices(addresses))
        for bundle_id in bundles:
            self.neighbourhood.send(bundle_id)
        with closing(SteppedWorker(self.config)) as worker:
            worker.hear()
            while worker.send_next():
                pass
            worker.tell()
            with worker.database.transaction() as session:
                mails = select(Email).where(Email.bundle_id.in_(bundles))
                return list(session.scalars(mails.where(Email.purpose == "inquiry")))

    def _wait_for_the_dead(self) -> None:
        alive = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = 'communication_service_app'"
        )
        deadline = time.monotonic() + 10
        with self.admin.connect() as admin:
            while admin.scalar(alive):
                assert time.monotonic() < deadline
                admin.rollback()


@pytest.fixture
def scene(database: Any, issuer: Issuer, tmp_path: Path) -> Iterator[Scene]:
    certificate, room = self_signed(tmp_path), Postroom()
    with ExitStack() as servers:
        neighbourhood = Neighbourhood(database, issuer, servers)
        for _ in range(3):
            neighbourhood.grant_contacts(neighbourhood.searching_patient(), ENOUGH_CONTACTS)
        config = neighbourhood.config(servers.enter_context(eager_mail_server()).port)
        port = servers.enter_context(post_office(room, shown_by_server(certificate)))
        admin = database.engine(database.admin_url)
        yield Scene(admin, neighbourhood, config, room, port, certificate)


def test_a_killed_reader_loses_no_mail_and_none_takes_effect_twice(
    scene: Scene, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    scene.next_mailed()
    points = scene.failpoints.record()
    numbers = chosen(len(points))
    fates, paths = [], []
    for number in numbers:
        mail = scene.next_mailed()
        paths.append(scene.failpoints.kill_at(number))
        scene.work_off()
        fates.append(scene.fate_of(mail))

    figures = {"points": len(points), "killed_at": len(numbers), "ended": Counter(map(str, fates))}
    record_property("inbox_kills", str(figures))
    with capsys.disabled():
        print(f"\nKilled mailbox readers: {len(points)} points, killed at {len(numbers)}")
    assert [path[-1] for path in paths] == [points[number] for number in numbers]
    once = {"state": "FAILED", "reports": 1, "bounced": 1}
    assert fates == [{**once, "replies": n + 2} for n, _ in enumerate(numbers)]
