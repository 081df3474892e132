"""The communication worker killed at every point between `bundle.sent` and the stored result."""

import smtplib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from communication_service.config import Config
from communication_service.domain.mail_states import MailState
from communication_service.storage.tables import Email
from tests.communication_service.neighbourhood import SENDER, Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker
from tests.failpoints.harness import Failpoints
from tests.failpoints.sampling import chosen
from tests.failpoints.watches import watch_engines, watch_psycopg, watch_sockets
from tests.issuer import Issuer
from tests.system.eager_mail_server import EagerMailServer, eager_mail_server
from tests.system.mail_fates import Fate, Inquiry, mails_of, violations

END_OF_DATA = "smtp send .⏎"
ENOUGH_CONTACTS = 200
AT_ONCE = 10


@dataclass
class Scene:
    """A worker's surroundings, and inquiries in plenty: every kill meets one of its own."""

    admin: Engine
    neighbourhood: Neighbourhood
    mail_server: EagerMailServer
    config: Config
    drafts: list[Inquiry] = field(default_factory=list)
    drafted: int = 0

    @property
    def failpoints(self) -> Failpoints:
        sockets = watch_sockets({self.mail_server.port: "smtp"})
        return Failpoints(self.work, [watch_engines, watch_psycopg, sockets])

    def next_sent(self) -> Inquiry:
        """An inquiry that matching has let go; nobody has heard of that yet."""
        if not self.drafts:
            self.drafts = self._more_drafts()
        inquiry = self.drafts.pop()
        self.neighbourhood.send(inquiry.bundle_id)
        return inquiry

    def work(self) -> None:
        """What a worker does with it. Runs in a child and leaves its connections to its end."""
        worker = SteppedWorker(self.config)
        worker.consume()
        worker.send_next()
        worker.tell()

    def work_off(self) -> None:
        """What a new worker does, once the dead one's connections are closed."""
        self._wait_for_the_dead()
        self.mail_server.wait_until_settled()
        with closing(SteppedWorker(self.config)) as worker:
            worker.work_off(rounds=2)

    def fate_of(self, inquiry: Inquiry) -> Fate:
        with self.admin.connect() as rows:
            state = rows.scalar(select(Email.state).where(Email.bundle_id == inquiry.bundle_id))
        return Fate(
            inquiry=inquiry,
            state=state,
            told=[told["type"] for told in self.neighbourhood.told(inquiry.bundle_id)],
            mails=mails_of(inquiry, self.mail_server.received),
        )

    def _more_drafts(self) -> list[Inquiry]:
        numbers = range(self.drafted, self.drafted + AT_ONCE)
        self.drafted += AT_ONCE
        addresses = [f"praxis{number}@example.org" for number in numbers]
        practices = dict(zip(self.neighbourhood.practices(addresses), addresses, strict=True))
        bundles = self.neighbourhood.drafts(list(practices))
        with closing(SteppedWorker(self.config)) as worker:
            worker.hear()
        return [Inquiry(id_, practices[self.neighbourhood.therapist_of(id_)]) for id_ in bundles]

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
def scene(database: Any, issuer: Issuer) -> Iterator[Scene]:
    with ExitStack() as servers:
        neighbourhood = Neighbourhood(database, issuer, servers)
        for _ in range(3):
            neighbourhood.grant_contacts(neighbourhood.searching_patient(), ENOUGH_CONTACTS)
        mail_server = servers.enter_context(eager_mail_server())
        config = neighbourhood.config(mail_server.port)
        admin = database.engine(database.admin_url)
        yield Scene(admin, neighbourhood, mail_server, config)


@dataclass(frozen=True)
class Kill:
    """`path` are the steps up to the one before which the worker died."""

    path: list[str]
    fate: Fate

    @property
    def may_be_unknown(self) -> bool:
        """From the stored hand-over to the stored result.

        The first point of these is the price of at most once: the hand-over is stored, the end
        of the data is not sent yet, and nobody can tell that from a lost reply.
        """
        if END_OF_DATA not in self.path:
            return False
        return "commit" not in self.path[self.path.index(END_OF_DATA) : -1]

    @property
    def violations(self) -> list[str]:
        return violations(self.fate, may_be_unknown=self.may_be_unknown)


def kill(scene: Scene, number: int) -> Kill:
    inquiry = scene.next_sent()
    path = scene.failpoints.kill_at(number)
    scene.work_off()
    return Kill(path, scene.fate_of(inquiry))


def test_a_killed_sender_sends_nothing_twice_and_leaves_nothing_open(
    scene: Scene, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    scene.next_sent()
    points = scene.failpoints.record()
    numbers = chosen(len(points))
    kills = [kill(scene, number) for number in numbers]
    assert [one.path[-1] for one in kills] == [points[number] for number in numbers]
    unknown = [one for one in kills if one.fate.state == MailState.UNKNOWN]
    broken = [(one.path[-1], one.violations) for one in kills if one.violations]
    figures = {
        "points": len(points),
        "killed_at": len(kills),
        "seconds": round(time.monotonic() - began, 1),
        "violations": len(broken),
        "unknown": len(unknown),
        "ended": dict(Counter(str(one.fate.state) for one in kills)),
        "unknown_at": [one.path[-1] for one in unknown],
    }
    record_property("mail_kills", figures)
    with capsys.disabled():
        print(f"\nKilled mail senders: {figures}")
    assert broken == []
    assert {one.fate.state for one in kills if not one.may_be_unknown} == {MailState.SENT}
    assert len(unknown) == sum(one.may_be_unknown for one in kills)


def test_the_judge_sees_a_mail_that_went_out_twice(scene: Scene) -> None:
    inquiry = scene.next_sent()
    scene.work_off()
    assert violations(scene.fate_of(inquiry), may_be_unknown=False) == []
    [mail] = scene.mail_server.received
    with smtplib.SMTP("127.0.0.1", scene.mail_server.port) as again:
        again.send_message(mail.message, SENDER, mail.recipient)
    assert violations(scene.fate_of(inquiry), may_be_unknown=True) == ["2 mails"]


def test_the_judge_sees_a_second_mail_under_another_message_id(scene: Scene) -> None:
    inquiry = scene.next_sent()
    scene.work_off()
    [mail] = scene.mail_server.received
    del mail.message["Message-ID"]
    with smtplib.SMTP("127.0.0.1", scene.mail_server.port) as again:
        again.send_message(mail.message, SENDER, mail.recipient)
    assert violations(scene.fate_of(inquiry), may_be_unknown=True) == ["2 mails"]


def test_the_judge_sees_a_mail_that_is_silently_missing(scene: Scene) -> None:
    inquiry = scene.next_sent()
    scene.work_off()
    scene.mail_server.received.clear()
    assert violations(scene.fate_of(inquiry), may_be_unknown=True) == ["sent, but no mail arrived"]


def test_the_judge_sees_an_inquiry_that_nobody_finished(scene: Scene) -> None:
    inquiry = scene.next_sent()
    assert violations(scene.fate_of(inquiry), may_be_unknown=True) == ["ended as DRAFT"]
