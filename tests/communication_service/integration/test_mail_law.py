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


def test_only_hints_to_staff_are_told_again(rows: Connection) -> None:
    mail = drafted(rows)
    assert refusal_of(lambda: change(rows, mail, "sequel = 1")) == "ck_emails_sequel"


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


INSERT_WRITTEN = text(
    "INSERT INTO emails (therapist_id, bundle_id, purpose, created_by, subject, body_html,"
    " body_text, sender_email, sender_name, message_id)"
    " VALUES (1, :bundle, :purpose, :author, '', '', '', '', '', gen_random_uuid()::text)"
    " RETURNING id"
)
RELEASED = f"{SEND['QUEUED']}, released_by = 'staff1'"


def written(
    rows: Connection,
    purpose: str = "v1_batch",
    author: str | None = "staff1",
    bundle: int | None = None,
) -> int:
    values = {"purpose": purpose, "author": author, "bundle": bundle}
    return int(rows.execute(INSERT_WRITTEN, values).scalar_one())


def join(rows: Connection, mail: int, *requests: int) -> None:
    for request in requests:
        rows.execute(
            text("INSERT INTO email_batches (email_id, placement_request_id) VALUES (:mail, :one)"),
            {"mail": mail, "one": request},
        )


def requests_of(rows: Connection, mail: int) -> list[int]:
    found = text(f"SELECT unnest(placement_request_ids) FROM emails WHERE id = {mail}")
    return list(rows.scalars(found))


@pytest.mark.parametrize("purpose", ["v1_batch", "staff_mail"])
@pytest.mark.parametrize(
    ("author", "bundle", "constraint"),
    [(None, None, "ck_emails_written"), ("staff1", 1, "ck_emails_addressee")],
)
def test_what_somebody_wrote_has_an_author_and_no_inquiry(
    rows: Connection, purpose: str, author: str | None, bundle: int | None, constraint: str
) -> None:
    assert refusal_of(lambda: written(rows, purpose, author, bundle)) == constraint


@pytest.mark.parametrize("purpose", ["v1_batch", "staff_mail"])
def test_what_somebody_wrote_goes_nowhere_without_a_release(rows: Connection, purpose: str) -> None:
    mail = written(rows, purpose)
    assert refusal_of(lambda: change(rows, mail, SEND["QUEUED"])) == "ck_emails_released"


def test_a_mail_knows_its_requests_the_oldest_first(rows: Connection) -> None:
    mail = written(rows)
    join(rows, mail, 7, 3, 5)
    assert requests_of(rows, mail) == [3, 5, 7]
    rows.execute(text("DELETE FROM email_batches WHERE placement_request_id = 5"))
    assert requests_of(rows, mail) == [3, 7]


def test_a_mail_speaks_of_five_requests_at_most(rows: Connection) -> None:
    mail = written(rows)
    join(rows, mail, 1, 2, 3, 4, 5)
    assert refusal_of(lambda: join(rows, mail, 6)) == "ck_emails_requests"


def test_a_mail_speaks_of_a_request_once(rows: Connection) -> None:
    mail = written(rows)
    join(rows, mail, 1)
    assert refusal_of(lambda: join(rows, mail, 1)) == "uq_email_batches_request"


def test_a_mail_that_the_contact_law_looks_away_from_offers_nobody(rows: Connection) -> None:
    mail = written(rows, "staff_mail")
    assert refusal_of(lambda: join(rows, mail, 1)) == "ck_emails_requests"


@pytest.mark.parametrize("moves", [1, 2, 3])
def test_nobody_joins_or_leaves_a_mail_that_somebody_began_to_send(
    rows: Connection, moves: int
) -> None:
    mail = written(rows)
    join(rows, mail, 1)
    ways = (SEND["SENDING"], SEND["HANDED_OVER"], SEND["SENT"])
    change(rows, mail, RELEASED, *ways[:moves])
    rows.commit()
    assert refusal_of(lambda: join(rows, mail, 2)) == "email_batches_fixed_at_sending"
    rows.rollback()
    leave = text(f"DELETE FROM email_batches WHERE email_id = {mail}")
    assert refusal_of(lambda: rows.execute(leave)) == "email_batches_fixed_at_sending"


def test_a_mail_that_never_went_out_takes_its_requests_along(rows: Connection) -> None:
    mail = written(rows)
    join(rows, mail, 1)
    rows.execute(text(f"DELETE FROM emails WHERE id = {mail}"))
    assert rows.scalar(text("SELECT count(*) FROM email_batches")) == 0
