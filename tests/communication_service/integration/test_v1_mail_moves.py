"""What an old client can make of a mail, by where it stands."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from communication_service.domain.mail_states import MailState
from tests.communication_service.integration.written import ADDRESS, read_v1, v1_mail
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

WORDS = ("DRAFT", "QUEUED", "SENDING", "SENT", "FAILED")
# Rows: where the mail stands; columns: what a client says. A dot: refused, a dash: no change.
TRUTH = """
DRAFT        -      QUEUED  .  .  .
QUEUED       DRAFT  -       .  .  .
SENDING      .      .       -  .  .
HANDED_OVER  .      .       -  .  .
SENT         .      .       .  -  .
FAILED       .      QUEUED  .  .  -
UNKNOWN      .      .       -  .  .
"""
TABLE = {
    MailState(state): dict(zip(WORDS, cells, strict=True))
    for state, *cells in (line.split() for line in TRUTH.strip().splitlines())
}
_FREE = "claimed_by = NULL, lease_until = NULL"
_OUT = "handed_over_at = now(), recipient_email = 'praxis@example.org'"
WAYS = {
    "SENDING": "state = 'SENDING', next_attempt_at = NULL, claimed_by = gen_random_uuid(),"
    " lease_until = now() + interval '1 day'",
    "HANDED_OVER": f"state = 'HANDED_OVER', {_OUT}",
    "SENT": f"state = 'SENT', sent_at = now(), {_OUT}, {_FREE}",
    "UNKNOWN": f"state = 'UNKNOWN', {_OUT}, {_FREE}",
    "FAILED": f"state = 'FAILED', error_message = 'no_email', {_FREE}",
}


@pytest.fixture
def therapist(neighbourhood: Neighbourhood) -> int:
    return neighbourhood.therapist(email=ADDRESS)


def mail_in(state: MailState, api: FlaskClient, worker: SteppedWorker, therapist: int) -> int:
    mail = v1_mail(api, therapist, status="DRAFT" if state is MailState.DRAFT else "QUEUED")
    steps = ["SENDING", state] if state in WAYS and state != "SENDING" else [state]
    with worker.database.transaction() as session:
        for step in steps:
            if step in WAYS:
                session.execute(text(f"UPDATE emails SET {WAYS[step]} WHERE id = {mail}"))
    return mail


def state_in_v2(api: FlaskClient, mail: int) -> Any:
    return api.get(f"/api/v2/emails/{mail}").get_json()["state"]


def test_the_table_names_every_state() -> None:
    assert set(TABLE) == set(MailState)


@pytest.mark.parametrize("state", MailState)
def test_a_client_lets_go_and_takes_back_and_nothing_else(
    api: FlaskClient, worker: SteppedWorker, therapist: int, state: MailState
) -> None:
    for word, cell in TABLE[state].items():
        mail = mail_in(state, api, worker, therapist)
        answer = api.put(f"/api/v1/emails/{mail}", json={"status": word})
        assert answer.status_code == (409 if cell == "." else 200), word
        assert state_in_v2(api, mail) == (state if cell in ".-" else cell), word


@pytest.mark.parametrize("state", MailState)
def test_an_answer_can_only_come_to_what_may_have_gone_out(
    api: FlaskClient, worker: SteppedWorker, therapist: int, state: MailState
) -> None:
    mail = mail_in(state, api, worker, therapist)
    answer = api.put(f"/api/v1/emails/{mail}", json={"response_received": True})
    is_out = state in ("HANDED_OVER", "SENT", "UNKNOWN")
    assert answer.status_code == (200 if is_out else 400)
    assert read_v1(api, mail)["response_received"] is is_out


def test_of_an_inquirys_mail_an_old_client_notes_what_follows_and_nothing_else(
    api: FlaskClient, worker: SteppedWorker, sent: int
) -> None:
    worker.round()
    [mail] = api.get("/api/v1/emails").get_json()
    path = f"/api/v1/emails/{mail['id']}"
    assert api.put(path, json={"follow_up_notes": "anrufen"}).status_code == 200
    for refused in ({"response_received": True}, {"status": "QUEUED"}, {"response_content": "ja"}):
        assert api.put(path, json=refused).status_code == 409
    joined = api.post(f"{path}/batches", json={"placement_request_id": 1})
    assert joined.status_code == 409
    assert read_v1(api, mail["id"])["follow_up_notes"] == "anrufen"
