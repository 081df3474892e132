"""Who takes part: PostgreSQL, matching as it runs everywhere, a mail server that keeps files."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import requests
from sqlalchemy import Engine, text

from matching_service.config import Config as MatchingConfig
from tests.communication_service.neighbourhood import LARGEST_BUDGET, Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker
from tests.conftest import Database
from tests.issuer import Issuer
from tests.kafka_broker import reserved_port
from tests.matching_service.conftest import environment_of
from tests.served import served

PATIENTS = 3
AT_ONCE = 50
_STAMP = "%Y%m%dT%H%M%S.%f"

_NEXT = text(
    "SELECT bundle_id FROM emails WHERE state = 'QUEUED' ORDER BY next_attempt_at, id LIMIT 1"
)


class Stage:
    def __init__(self, neighbourhood: Neighbourhood, issuer: Issuer, worker: SteppedWorker) -> None:
        self.worker = worker
        self._around = neighbourhood
        self._issuer = issuer
        self._practices = 0

    def queue(self, count: int) -> None:
        """So many inquiries, whose mails are due."""
        for start in range(0, count, AT_ONCE):
            numbers = range(self._practices, self._practices + min(AT_ONCE, count - start))
            self._practices = numbers.stop
            addresses = [f"praxis{number}@example.org" for number in numbers]
            for bundle_id in self._around.drafts(self._around.practices(addresses)):
                self._around.send(bundle_id)
            self.worker.hear()
        self.worker.now = datetime.now(UTC)

    def next_bundle(self) -> int:
        with self.worker.database.transaction() as session:
            return int(session.execute(_NEXT).scalar_one())

    def answer_to(self, bundle_id: int) -> "AnswerOnTheLine":
        """Asked for ahead, so that to give it is one request."""
        return AnswerOnTheLine(
            f"{self._around.matching}/api/v2/therapist-bundles/{bundle_id}/response",
            {
                "responses": [
                    {"search_id": search, "outcome": "rejected_capacity"}
                    for search in self._around.searches_in(bundle_id)
                ],
                "channel": "phone",
            },
            self._issuer.bearer("staff"),
        )


class AnswerOnTheLine:
    def __init__(self, url: str, body: Mapping[str, object], headers: Mapping[str, str]) -> None:
        self._url, self._body, self._headers = url, body, headers

    def give(self) -> None:
        with requests.Session() as http:
            http.trust_env = False
            answer = http.put(self._url, json=self._body, headers=self._headers, timeout=30)
        answer.raise_for_status()


@contextmanager
def on_stage(database: Database, issuer: Issuer, mails: Path, contacts: int) -> Iterator[Stage]:
    """`contacts`: how many inquiries there can be in all."""
    with ExitStack() as parties:
        around = Neighbourhood(database, issuer, parties, log_level="ERROR")
        port = parties.enter_context(_mail_server(mails))
        known = around.config(port)
        matching = MatchingConfig(
            environment="test",
            database_url=database.url("matching_service"),
            patient_service_url=around.patients,
            therapist_service_url=around.therapists,
            recall_seconds=0,
            **{**issuer.settings, "oidc_token_url": known.oidc_token_url},
        )
        around.matching = parties.enter_context(
            served("matching_service", environment_of(matching))
        )
        for _ in range(PATIENTS):
            around.grant_contacts(around.searching_patient(), contacts - LARGEST_BUDGET)
        worker = parties.enter_context(closing(SteppedWorker(around.config(port))))
        yield Stage(around, issuer, worker)


@contextmanager
def _mail_server(folder: Path) -> Iterator[int]:
    port = reserved_port()
    command = [sys.executable, "-m", "devstack.mail_sink", "--folder", str(folder)]
    process = subprocess.Popen([*command, "--port", str(port)])  # noqa: S603  our own program
    try:
        _wait_for(folder)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(folder: Path) -> None:
    """It makes its folder just before it listens."""
    deadline = time.monotonic() + 20
    while not folder.is_dir():
        assert time.monotonic() < deadline, "the mail server has not started"
        time.sleep(0.02)
    time.sleep(0.5)


def arrivals(folder: Path) -> dict[int, datetime]:
    """Bundle → when the mail server had the end of its text."""
    return {_bundle_of(mail): _arrived(mail) for mail in sorted(folder.glob("*.eml"))}


def _arrived(mail: Path) -> datetime:
    stamp = mail.name.partition("-")[0]
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


def _bundle_of(mail: Path) -> int:
    """<pv-7.inquiry@platz.example>"""
    [line] = [one for one in mail.read_text().splitlines() if one.startswith("Message-ID: <pv-")]
    return int(line.partition("<pv-")[2].partition(".")[0])


def claims(admin: Engine) -> dict[int, datetime]:
    """Bundle → when its permit was claimed, by the clock of the law."""
    claimed = (
        "SELECT inquiry_id, max(claimed_at) FROM matching_service.contact_permit"
        " WHERE claimed_at IS NOT NULL GROUP BY inquiry_id"
    )
    return _by_bundle(admin, claimed)


def answers(admin: Engine) -> dict[int, datetime]:
    """Bundle → when its answer was recorded, by the same clock and under the same lock."""
    recorded = (
        "SELECT inquiry_id, min(recorded_at) FROM matching_service.mailbox_block"
        " WHERE kind = 'cooling' GROUP BY inquiry_id"
    )
    return _by_bundle(admin, recorded)


def _by_bundle(admin: Engine, query: str) -> dict[int, datetime]:
    with admin.connect() as rows:
        return dict(rows.execute(text(query)).tuples().all())
