"""What practices write back by mail: matched, proposed, and confirmed by a person."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from communication_service.jobs.remind import remind
from tests.communication_service.integration.hostile_imap import Postroom
from tests.communication_service.mail_desk import PRACTICE, MailDesk, reply_to
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

REPLIES = "/api/v2/replies"
CAPACITY, ACCEPTED = "rejected_capacity", "accepted"
B_PLEASE = "Patient B gern, für die anderen leider keine Kapazität."
Receive = Callable[..., int]


@pytest.fixture
def receive(mail_desk: MailDesk, postroom: Postroom, mailed: int) -> Receive:
    """A practice writes; returns the reply's id."""

    def deliver(text: str = B_PLEASE, **changes: str) -> int:
        postroom.deliver(reply_to(mail_desk.mail(mailed), text, **changes))
        mail_desk.read()
        return mail_desk.replies()[-1].id

    return deliver


def read(api: FlaskClient, reply_id: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{REPLIES}/{reply_id}").get_json()
    return found


def proposed(api: FlaskClient, reply_id: int) -> list[tuple[str, str]]:
    proposal = read(api, reply_id)["reply"]["proposal"]
    return [(one["letter"], one["outcome"] or one["reason"]) for one in proposal]


def answers(
    neighbourhood: Neighbourhood, bundle_id: int, *outcomes: str
) -> list[dict[str, object]]:
    searches = neighbourhood.searches_in(bundle_id)
    pairs = zip(searches, outcomes, strict=True)
    return [{"search_id": search, "outcome": outcome} for search, outcome in pairs]


def confirm(
    api: FlaskClient, reply_id: int, responses: list[dict[str, object]], **more: Any
) -> Any:
    return api.post(f"{REPLIES}/{reply_id}/confirm", json={"responses": responses, **more})


def dismiss(api: FlaskClient, reply_id: int) -> int:
    body = {"reason": "Nur eine Rückfrage"}
    return api.post(f"{REPLIES}/{reply_id}/dismiss", json=body).status_code


def test_a_reply_is_shown_with_what_it_seems_to_say(
    api: FlaskClient, receive: Receive, mailed: int
) -> None:
    reply_id = receive()

    shown = read(api, reply_id)
    assert (shown["reply"]["state"], shown["reply"]["bundle_id"]) == ("open", mailed)
    assert shown["words"]["sender"] == PRACTICE
    assert shown["words"]["text"].startswith(B_PLEASE)
    assert proposed(api, reply_id) == [("A", CAPACITY), ("B", ACCEPTED), ("C", CAPACITY)]


def test_a_proposal_answers_nothing(
    neighbourhood: Neighbourhood, receive: Receive, mailed: int
) -> None:
    receive()
    assert neighbourhood.bundle(mailed)["state"] == "sent"


def test_what_a_person_confirms_is_the_practices_answer(
    api: FlaskClient, neighbourhood: Neighbourhood, receive: Receive, mailed: int
) -> None:
    reply_id = receive()
    said = answers(neighbourhood, mailed, ACCEPTED, CAPACITY, CAPACITY)

    answer = confirm(api, reply_id, said)

    assert (answer.status_code, answer.get_json()["decided_by"]) == (200, "staff1")
    assert neighbourhood.bundle(mailed)["state"] == "answered"
    assert neighbourhood.answered_by(mailed) == ("email", "staff1")


def test_the_proposal_stays_beside_what_was_confirmed_and_notes_do_not(
    api: FlaskClient, neighbourhood: Neighbourhood, receive: Receive, mailed: int
) -> None:
    reply_id = receive()
    said = answers(neighbourhood, mailed, ACCEPTED, CAPACITY, CAPACITY)

    confirm(api, reply_id, [{**one, "notes": "ab Januar"} for one in said])

    kept = read(api, reply_id)["reply"]
    assert proposed(api, reply_id)[1] == ("B", ACCEPTED)
    assert kept["confirmed"] == said


def test_the_same_confirmation_again_changes_nothing_and_another_is_refused(
    api: FlaskClient, neighbourhood: Neighbourhood, receive: Receive, mailed: int
) -> None:
    reply_id = receive()
    said = answers(neighbourhood, mailed, CAPACITY, ACCEPTED, CAPACITY)
    other = answers(neighbourhood, mailed, CAPACITY, CAPACITY, CAPACITY)

    assert [confirm(api, reply_id, said).status_code for _ in range(2)] == [200, 200]
    refused = confirm(api, reply_id, other)
    assert (refused.status_code, refused.get_json()["type"]) == (
        409,
        "/problems/illegal-transition",
    )


def test_an_inquiry_that_was_answered_another_way_says_so(
    api: FlaskClient, neighbourhood: Neighbourhood, receive: Receive, mailed: int
) -> None:
    reply_id = receive()
    neighbourhood.answer(mailed, CAPACITY)

    refused = confirm(api, reply_id, answers(neighbourhood, mailed, ACCEPTED, CAPACITY, CAPACITY))

    assert refused.get_json()["type"] == "/problems/already-answered"
    assert read(api, reply_id)["reply"]["state"] == "open"


def test_an_answer_that_leaves_somebody_out_is_refused_and_nothing_noted(
    api: FlaskClient, neighbourhood: Neighbourhood, receive: Receive, mailed: int
) -> None:
    reply_id = receive()

    refused = confirm(
        api, reply_id, answers(neighbourhood, mailed, ACCEPTED, CAPACITY, CAPACITY)[:2]
    )

    assert refused.get_json()["type"] == "/problems/incomplete-response"
    assert read(api, reply_id)["reply"]["state"] == "open"


def test_nothing_is_noted_while_matching_is_silent(
    api: FlaskClient, neighbourhood: Neighbourhood, receive: Receive, mailed: int
) -> None:
    reply_id = receive()
    said = answers(neighbourhood, mailed, ACCEPTED, CAPACITY, CAPACITY)
    with neighbourhood.matching_answers(503):
        assert confirm(api, reply_id, said).status_code == 503

    assert read(api, reply_id)["reply"]["state"] == "open"
    assert confirm(api, reply_id, said).status_code == 200


@pytest.mark.parametrize(
    ("changes", "unmatched", "guessed"),
    [
        ({"sender": "assistenz@example.org"}, "unknown_sender", True),
        ({"In_Reply_To": "<x@y>", "Subject": "Ihre Anfrage"}, "no_reference", False),
        ({"In_Reply_To": "<x@y>", "Subject": "Re: [PV-999]"}, "unknown_inquiry", False),
        ({"Subject": "Re: Anfrage [PV-999]"}, "contradiction", False),
        ({"In_Reply_To": "<x@y>"}, None, True),
        ({"Subject": "AW: ohne Kennzeichen"}, None, True),
        ({"sender": "Praxis@Example.ORG"}, None, True),
    ],
)
def test_only_what_is_beyond_doubt_is_matched(
    api: FlaskClient,
    receive: Receive,
    mailed: int,
    changes: dict[str, str],
    unmatched: str | None,
    guessed: bool,
) -> None:
    reply = read(api, receive(**changes))["reply"]

    assert reply["unmatched"] == unmatched
    assert reply["bundle_id"] == (mailed if guessed else None)
    assert bool(reply["proposal"]) is guessed


def test_whoever_confirms_an_unmatched_reply_says_which_inquiry_it_answers(
    api: FlaskClient, neighbourhood: Neighbourhood, receive: Receive, mailed: int
) -> None:
    reply_id = receive(sender="assistenz@example.org")
    said = answers(neighbourhood, mailed, CAPACITY, ACCEPTED, CAPACITY)

    refused = confirm(api, reply_id, said)
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "bundle_id")

    assert confirm(api, reply_id, said, bundle_id=mailed).status_code == 200
    assert neighbourhood.bundle(mailed)["state"] == "answered"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; x=y"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
        {"Subject": "Automatische Antwort: Therapieplatz"},
        {"Subject": "Abwesenheitsnotiz"},
        {"sender": "MAILER-DAEMON@example.org"},
    ],
)
def test_what_a_machine_has_written_proposes_nothing_and_waits_for_nobody(
    api: FlaskClient, receive: Receive, headers: dict[str, str]
) -> None:
    reply = read(api, receive(**headers))["reply"]

    assert (reply["kind"], reply["state"], reply["proposal"]) == ("auto_reply", "filed", [])
    assert confirm(api, reply["id"], [{"search_id": 1, "outcome": CAPACITY}]).status_code == 409
    assert dismiss(api, reply["id"]) == 409


def test_a_reply_that_answers_nothing_is_dismissed_and_may_be_taken_up_again(
    api: FlaskClient, receive: Receive
) -> None:
    reply_id = receive("Um welche Kasse geht es?")

    assert [dismiss(api, reply_id), dismiss(api, reply_id)] == [200, 409]
    assert read(api, reply_id)["reply"]["dismiss_reason"] == "Nur eine Rückfrage"
    again = [api.post(f"{REPLIES}/{reply_id}/reopen").status_code for _ in range(2)]
    assert again == [200, 409]
    assert read(api, reply_id)["reply"]["state"] == "open"


def test_replies_are_listed_by_whether_somebody_has_confirmed_them(
    api: FlaskClient, receive: Receive, mailed: int
) -> None:
    waiting, dismissed = receive(), receive("Danke!")
    dismiss(api, dismissed)

    def listed(query: str) -> list[int]:
        return [one["id"] for one in api.get(f"{REPLIES}?{query}").get_json()["data"]]

    assert listed("unconfirmed=true") == [waiting]
    assert listed("unconfirmed=false") == [dismissed]
    assert listed(f"bundle_id={mailed}&sort=created_at") == [waiting, dismissed]
    assert listed("bundle_id=999") == []


def test_a_list_of_replies_shows_nobodys_words(api: FlaskClient, receive: Receive) -> None:
    receive()
    assert "Kapazität" not in api.get(REPLIES).get_data(as_text=True)


def test_a_reply_that_does_not_exist_is_not_found(api: FlaskClient) -> None:
    assert api.get(f"{REPLIES}/1").status_code == 404
    assert dismiss(api, 1) == 404
    assert confirm(api, 1, [{"search_id": 1, "outcome": CAPACITY}]).status_code == 404


def test_a_practice_that_has_written_back_is_not_reminded_until_somebody_has_read_it(
    api: FlaskClient, worker: SteppedWorker, receive: Receive
) -> None:
    reply_id = receive()
    in_a_week = worker.now + timedelta(days=8)

    assert remind(worker.database, worker.wiring, in_a_week) == 0
    dismiss(api, reply_id)
    assert remind(worker.database, worker.wiring, in_a_week) == 1


def test_words_rest_sealed_and_open_only_for_their_own_row(
    mail_desk: MailDesk, receive: Receive
) -> None:
    receive()
    reply = mail_desk.only()

    assert "Kapazität" not in (reply.sealed or "")
    assert mail_desk.wiring.sealer is not None
    with pytest.raises(LookupError):
        mail_desk.wiring.sealer.open(reply.sealed or "", "another row")


def test_words_are_forgotten_in_time_and_what_was_decided_stays(
    api: FlaskClient, worker: SteppedWorker, mail_desk: MailDesk, receive: Receive, mailed: int
) -> None:
    reply_id = receive()
    worker.now += timedelta(days=179)
    assert mail_desk.forget() == 0
    worker.now += timedelta(days=2)
    assert [mail_desk.forget(), mail_desk.forget()] == [1, 0]

    forgotten = read(api, reply_id)
    assert forgotten["words"] is None
    assert forgotten["reply"]["bundle_id"] == mailed
    assert (forgotten["reply"]["state"], forgotten["reply"]["decided_by"]) == (
        "dismissed",
        "system",
    )


def test_a_reply_and_its_end_are_told_by_ids_only(
    api: FlaskClient, worker: SteppedWorker, neighbourhood: Neighbourhood, receive: Receive
) -> None:
    reply_id = receive()
    dismiss(api, reply_id)
    worker.tell()

    news = [
        told
        for told in neighbourhood.told(reply_id)
        if told["type"].startswith("communication.reply")
    ]
    assert [told["type"].rpartition("_")[2] for told in news] == ["received", "settled"]
    assert set(news[0]) == {"type", "version", "reply_id", "bundle_id", "therapist_id", "at"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>Leider kein Platz.</p><blockquote>A gern</blockquote>", "Leider kein Platz."),
        (
            "<style>p{}</style><div>Leider<br>kein Platz</div><script>x</script>",
            "Leider\nkein Platz",
        ),
    ],
)
def test_a_reply_in_html_alone_is_read_without_its_quotation(
    mail_desk: MailDesk, postroom: Postroom, mailed: int, content: str, text: str
) -> None:
    mail = mail_desk.mail(mailed)
    head = f"From: {PRACTICE}\r\nIn-Reply-To: {mail.message_id}\r\nContent-Type: text/html\r\n\r\n"
    postroom.deliver(head.encode() + content.encode())
    mail_desk.read()

    assert mail_desk.words(mail_desk.only())["text"] == text


@pytest.mark.parametrize("declared", ["utf-8", "us-ascii", "iso-8859-1", "no-such-charset"])
def test_umlauts_are_read_whatever_charset_was_declared(
    mail_desk: MailDesk, postroom: Postroom, mailed: int, declared: str
) -> None:
    mail = mail_desk.mail(mailed)
    head = f"From: {PRACTICE}\r\nIn-Reply-To: {mail.message_id}\r\n"
    head += f"Content-Type: text/plain; charset={declared}\r\nContent-Transfer-Encoding: 8bit"
    postroom.deliver(head.encode() + b"\r\n\r\n" + "Leider keine Plätze".encode("latin-1"))
    mail_desk.read()

    assert mail_desk.words(mail_desk.only())["text"] == "Leider keine Plätze"
