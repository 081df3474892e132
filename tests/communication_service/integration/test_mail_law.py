"""What the database refuses, whatever the program believes; and two senders at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from communication_service.config import Config
from shared.db import constraint_of
from tests.communication_service.integration.hostile_smtp import Postbox
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

INSERT = text(
    "INSERT INTO emails (therapist_id, bundle_id, purpose, subject, body_html, body_text,"
    " sender_email, sender_name, message_id)"
    " VALUES (1, 1, 'inquiry', '', '', '', 'a@b.example', '', :message_id) RETURNING id"
)
SEND = {
    "QUEUED": "state = 'QUEUED', queued_at = now(), next_attempt_at = now()",
    "SENDING": "state = 'SENDING', next_attempt_at = NULL, claimed_by = gen_random_uuid(),"
    " lease_until = now()",
    "HANDED_OVER": "state = 'HANDED_OVER', handed_over_at = now(), recipient_email = 'c@d.example'",
    "SENT": "state = 'SENT', sent_at = now(), claimed_by = NULL, lease_until = NULL",
}
UNKNOWN = "state = 'UNKNOWN', claimed_by = NULL, lease_until = NULL"


@pytest.fixture
def rows(database: Any) -> Iterator[Connection]:
    """As the program's own role."""
    engine: Engine = database.engine(database.url("communication_service"))
    with engine.connect() as connection:
        yield connection


def refusal_of(statement: Callable[[], object]) -> str | None:
    with pytest.raises(IntegrityError) as refused:
        statement()
    return constraint_of(refused.value)


def drafted(rows: Connection, message_id: str = "<1@b.example>") -> int:
    return int(rows.execute(INSERT, {"message_id": message_id}).scalar_one())


def change(rows: Connection, mail: int, *moves: str) -> None:
    for move in moves:
        rows.execute(text(f"UPDATE emails SET {move} WHERE id = {mail}"))


def test_an_inquiry_has_one_mail_of_a_purpose(rows: Connection) -> None:
    drafted(rows)
    second = refusal_of(lambda: drafted(rows, "<2@b.example>"))
    assert second == "uq_emails_bundle_purpose"


@pytest.mark.parametrize("ending", [SEND["SENT"], UNKNOWN])
@pytest.mark.parametrize("again", ["QUEUED", "SENDING"])
def test_a_mail_that_may_have_gone_out_is_never_queued_again(
    rows: Connection, ending: str, again: str
) -> None:
    mail = drafted(rows)
    change(rows, mail, SEND["QUEUED"], SEND["SENDING"], SEND["HANDED_OVER"], ending)
    assert refusal_of(lambda: change(rows, mail, SEND[again])) == "emails_never_twice"


def test_a_mail_that_was_handed_over_is_never_forgotten(rows: Connection) -> None:
    mail = drafted(rows)
    change(rows, mail, SEND["QUEUED"], SEND["SENDING"], SEND["HANDED_OVER"], SEND["SENT"])
    delete = text(f"DELETE FROM emails WHERE id = {mail}")
    assert refusal_of(lambda: rows.execute(delete)) == "emails_never_twice"


@pytest.mark.parametrize(
    ("moves", "constraint"),
    [
        (["state = 'QUEUED'"], "ck_emails_queued"),
        ([SEND["QUEUED"], "state = 'SENDING', next_attempt_at = NULL"], "ck_emails_claimed"),
        (
            [SEND["QUEUED"], SEND["SENDING"], "state = 'HANDED_OVER'"],
            "ck_emails_handed_over",
        ),
        (
            [SEND["QUEUED"], "state = 'FAILED', next_attempt_at = NULL"],
            "ck_emails_failed",
        ),
        (["state = 'POSTED', queued_at = now()"], "ck_emails_state"),
    ],
)
def test_a_state_comes_with_what_it_means(
    rows: Connection, moves: list[str], constraint: str
) -> None:
    mail = drafted(rows)
    change(rows, mail, *moves[:-1])
    assert refusal_of(lambda: change(rows, mail, moves[-1])) == constraint


INSERT_LETTER = text(
    "INSERT INTO emails (therapist_id, patient_id, bundle_id, search_id, about_therapist_id,"
    " purpose, subject, body_html, body_text, sender_email, sender_name, message_id)"
    " VALUES (:therapist, :patient, :bundle, :search, :about, :purpose, '', '', '', '', '',"
    " gen_random_uuid()::text) RETURNING id"
)


def lettered(rows: Connection, purpose: str, **given: int) -> int:
    nobody = dict.fromkeys(("therapist", "patient", "bundle", "search", "about"))
    return int(rows.execute(INSERT_LETTER, {**nobody, **given, "purpose": purpose}).scalar_one())


@pytest.mark.parametrize(
    ("purpose", "given"),
    [
        ("confirmation", {"patient": 1, "search": 1, "bundle": 1}),
        ("confirmation", {"bundle": 1}),
        ("inquiry", {"bundle": 1, "therapist": 1, "patient": 1, "search": 1}),
        ("search_started", {"therapist": 1, "search": 1}),
        ("search_started", {"patient": 1}),
        ("search_ended", {"patient": 1, "search": 1, "therapist": 1}),
        ("therapist_accepted", {"patient": 1, "search": 1}),
        ("consent_missing", {"bundle": 1, "therapist": 1}),
        ("corrected_too_late", {}),
    ],
)
def test_a_letter_of_one_kind_reaches_no_readers_of_another(
    rows: Connection, purpose: str, given: dict[str, int]
) -> None:
    assert refusal_of(lambda: lettered(rows, purpose, **given)) == "ck_emails_addressee"


@pytest.mark.parametrize(
    ("purpose", "given"),
    [
        ("conflict_notice", {"bundle": 1, "therapist": 1}),
        ("search_started", {"patient": 1, "search": 1}),
        ("therapist_accepted", {"patient": 1, "search": 1, "about": 1}),
        ("search_ended", {"patient": 1, "search": 1}),
    ],
)
def test_what_waits_for_a_person_goes_nowhere_without_one(
    rows: Connection, purpose: str, given: dict[str, int]
) -> None:
    mail = lettered(rows, purpose, **given)
    assert refusal_of(lambda: change(rows, mail, SEND["QUEUED"])) == "ck_emails_released"


@pytest.mark.parametrize("given", [{}, {"about": 1}])
def test_a_patient_hears_of_a_thing_once(rows: Connection, given: dict[str, int]) -> None:
    purpose = "therapist_accepted" if given else "search_started"
    lettered(rows, purpose, patient=1, search=1, **given)
    again = refusal_of(lambda: lettered(rows, purpose, patient=1, search=1, **given))
    assert again == "uq_emails_search_purpose"


def test_a_patient_hears_of_every_practice_that_says_yes(rows: Connection) -> None:
    for practice in (1, 2):
        lettered(rows, "therapist_accepted", patient=1, search=1, about=practice)


def test_many_senders_at_once_send_every_mail_once(
    config: Config, neighbourhood: Neighbourhood, worker: SteppedWorker, postbox: Postbox
) -> None:
    for _ in range(3):
        neighbourhood.searching_patient()
    practices = neighbourhood.practices([f"praxis{n}@example.org" for n in range(6)])
    for bundle in neighbourhood.drafts(practices):
        neighbourhood.send(bundle)
    worker.hear()
    start = threading.Barrier(4)
    senders = [threading.Thread(target=send_all, args=(config, start)) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    recipients = [envelope.rcpt_tos[0] for envelope in postbox.heard]
    assert sorted(recipients) == [f"praxis{n}@example.org" for n in range(6)]


def send_all(config: Config, start: threading.Barrier) -> None:
    with closing(SteppedWorker(config)) as worker:
        start.wait()
        while worker.send_next():
            pass
