"""The preview is the mail; a person releases or discards what waits for it."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from communication_service.domain.purposes import TO_PRACTICE, Purpose
from tests.communication_service.integration.hostile_smtp import Postbox
from tests.communication_service.integration.mails import letter, wire_of
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import LONGEST_PAUSE, SteppedWorker
from tests.issuer import Issuer


def without_date(source: bytes) -> bytes:
    """The one line that tells when."""
    dated, times = re.subn(rb"(?m)^Date: .*\r\n", b"", source)
    assert times == 1
    return dated


def preview(api: FlaskClient, bundle: int, purpose: str = "inquiry") -> Any:
    answer = api.get(f"/api/v2/letters/{bundle}?purpose={purpose}")
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def heard(postbox: Postbox, purpose: str) -> bytes:
    mails = [wire_of(envelope) for envelope in postbox.heard]
    [mail] = [mail for mail in mails if f".{purpose}@".encode() in mail]
    return mail


def test_the_preview_of_an_inquiry_is_the_very_mail(
    api: FlaskClient,
    neighbourhood: Neighbourhood,
    worker: SteppedWorker,
    draft: int,
    postbox: Postbox,
) -> None:
    shown = preview(api, draft)
    neighbourhood.send(draft)
    worker.round()
    assert without_date(shown["source"].encode()) == without_date(heard(postbox, "inquiry"))
    [mail] = api.get(f"/api/v2/emails?bundle_id={draft}").get_json()["data"]
    same = (
        "bundle_id",
        "therapist_id",
        "purpose",
        "search_ids",
        "subject",
        "body_text",
        "body_html",
        "recipient_email",
    )
    assert {name: shown[name] for name in same} == {name: mail[name] for name in same}


def give_occasion(neighbourhood: Neighbourhood, sent: int, purpose: str) -> None:
    [first, *others] = neighbourhood.searches_in(sent)
    if purpose != "confirmation":
        neighbourhood.pause(first)
    if purpose == "withdrawal_notice":
        for search in others:
            neighbourhood.pause(search)
    else:
        neighbourhood.answer_each(sent, ["accepted", "rejected_other", "rejected_other"])


@pytest.mark.parametrize("purpose", ["confirmation", "withdrawal_notice", "conflict_notice"])
def test_the_preview_of_every_later_letter_is_the_very_mail(
    api: FlaskClient,
    neighbourhood: Neighbourhood,
    worker: SteppedWorker,
    sent: int,
    postbox: Postbox,
    purpose: str,
) -> None:
    worker.round()
    neighbourhood.let_matching_hear()
    give_occasion(neighbourhood, sent, purpose)
    worker.hear()
    mail = letter(worker, Purpose(purpose), about=sent)
    assert mail is not None
    shown = preview(api, sent, purpose)
    if purpose == "conflict_notice":
        api.post(f"/api/v2/emails/{mail.id}/release")
    worker.now += LONGEST_PAUSE
    while worker.send_next():
        pass
    assert without_date(shown["source"].encode()) == without_date(heard(postbox, purpose))


def test_a_reminder_can_be_previewed_and_calls_everybody_by_the_letter_of_the_inquiry(
    api: FlaskClient, neighbourhood: Neighbourhood, worker: SteppedWorker, sent: int
) -> None:
    worker.round()
    neighbourhood.let_matching_hear()
    [_, second, _] = neighbourhood.searches_in(sent)
    neighbourhood.pause(second)
    shown = preview(api, sent, "reminder")
    expected = f"Erinnerung: Therapieplätze für zwei Personen gesucht [PV-{sent}]"
    assert shown["subject"] == expected
    assert re.findall("^Person (.)$", shown["body_text"], re.MULTILINE) == ["A", "C"]


@pytest.mark.parametrize("purpose", ["confirmation", "conflict_notice", "reminder"])
def test_a_letter_without_an_occasion_is_refused_with_those_that_have_one(
    api: FlaskClient, draft: int, purpose: str
) -> None:
    answer = api.get(f"/api/v2/letters/{draft}?purpose={purpose}")
    problem = answer.get_json()
    assert (answer.status_code, problem["type"]) == (409, "/problems/illegal-transition")
    assert (problem["current"], problem["wanted"]) == ("draft", purpose)
    assert problem["legal"] == ["inquiry"]


def test_an_answered_inquiry_has_no_letter_that_asks(
    api: FlaskClient, neighbourhood: Neighbourhood, worker: SteppedWorker, sent: int
) -> None:
    worker.round()
    neighbourhood.answer(sent)
    answer = api.get(f"/api/v2/letters/{sent}")
    assert answer.status_code == 409
    assert answer.get_json()["legal"] == []


@pytest.mark.parametrize("purpose", TO_PRACTICE)
def test_an_inquiry_that_does_not_exist_has_no_letter(api: FlaskClient, purpose: str) -> None:
    assert api.get(f"/api/v2/letters/99?purpose={purpose}").status_code == 404


@pytest.mark.parametrize("purpose", ["search_started", "consent_missing", "love", ""])
def test_a_purpose_that_no_practice_is_written_to_for_is_named(
    api: FlaskClient, purpose: str
) -> None:
    answer = api.get(f"/api/v2/letters/1?purpose={purpose}")
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == "purpose"


@pytest.mark.parametrize("address", [None, "praxis@-ende-.ex ample"])
def test_a_practice_without_a_usable_address_has_words_but_no_mail(
    api: FlaskClient, neighbourhood: Neighbourhood, draft: int, address: str | None
) -> None:
    neighbourhood.change_address(neighbourhood.therapist_of(draft), address)
    shown = preview(api, draft)
    assert (shown["recipient_email"], shown["source"]) == (address, None)
    assert "Person A" in shown["body_text"]


def waiting_letter(worker: SteppedWorker, neighbourhood: Neighbourhood) -> int:
    search = neighbourhood.searching_patient(email="anna@example.org")
    neighbourhood.carry_news()
    worker.hear()
    draft = letter(worker, Purpose.SEARCH_STARTED, about=search)
    assert draft is not None
    return draft.id


def test_a_release_repeated_changes_nothing(
    api: FlaskClient, worker: SteppedWorker, neighbourhood: Neighbourhood, postbox: Postbox
) -> None:
    mail = waiting_letter(worker, neighbourhood)
    first = api.post(f"/api/v2/emails/{mail}/release").get_json()
    again = api.post(f"/api/v2/emails/{mail}/release").get_json()
    assert again == first
    worker.work_off(rounds=1)
    assert api.post(f"/api/v2/emails/{mail}/release").get_json()["state"] == "SENT"
    worker.work_off(rounds=1)
    assert len(postbox.heard) == 1


def test_an_inquiry_is_not_released_here_nor_thrown_away(
    api: FlaskClient, worker: SteppedWorker, draft: int
) -> None:
    worker.hear()
    [mail] = api.get(f"/api/v2/emails?bundle_id={draft}").get_json()["data"]
    for answer in (
        api.post(f"/api/v2/emails/{mail['id']}/release"),
        api.delete(f"/api/v2/emails/{mail['id']}"),
    ):
        assert answer.status_code == 409
        assert answer.get_json()["current"] == "DRAFT"
    assert api.get(f"/api/v2/emails/{mail['id']}").get_json() == mail


def test_a_draft_that_nobody_wants_is_thrown_away_and_what_was_released_is_not(
    api: FlaskClient, worker: SteppedWorker, neighbourhood: Neighbourhood
) -> None:
    unwanted, wanted = (waiting_letter(worker, neighbourhood) for _ in range(2))
    api.post(f"/api/v2/emails/{wanted}/release")
    assert api.delete(f"/api/v2/emails/{unwanted}").status_code == 204
    assert api.get(f"/api/v2/emails/{unwanted}").status_code == 404
    assert api.delete(f"/api/v2/emails/{wanted}").status_code == 409


def test_only_people_release_and_discard(api: FlaskClient, issuer: Issuer) -> None:
    service = issuer.bearer("service")
    assert api.post("/api/v2/emails/99/release").status_code == 404
    assert api.delete("/api/v2/emails/99").status_code == 404
    assert api.post("/api/v2/emails/99/release", headers=service).status_code == 403
    assert api.delete("/api/v2/emails/99", headers=service).status_code == 403
