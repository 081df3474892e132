"""Letters to patients: drafted when something happens, sent when a person has read them."""

import pytest
from flask.testing import FlaskClient

from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import Purpose
from tests.communication_service.integration.hostile_smtp import Postbox
from tests.communication_service.integration.mails import arrived, letter, text_of
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

PATIENT = {"vorname": "Kim", "nachname": "Ames", "geschlecht": "divers", "email": "kim@example.org"}


@pytest.fixture
def search(neighbourhood: Neighbourhood, worker: SteppedWorker) -> int:
    search_id = neighbourhood.searching_patient(**PATIENT)
    neighbourhood.carry_news()
    worker.hear()
    return search_id


def accept(neighbourhood: Neighbourhood, worker: SteppedWorker, search: int) -> int:
    for _ in range(2):
        neighbourhood.searching_patient()
    therapist = neighbourhood.therapist(
        email="praxis@example.org", strasse="Am Römerturm 5", plz="50667", ort="Köln"
    )
    bundle = neighbourhood.draft(therapist)
    neighbourhood.send(bundle)
    yes = [
        "accepted" if one == search else "rejected_capacity"
        for one in neighbourhood.searches_in(bundle)
    ]
    worker.round()
    neighbourhood.let_matching_hear()
    neighbourhood.answer_each(bundle, yes)
    worker.hear()
    return bundle


def test_a_search_that_begins_is_a_draft_until_somebody_releases_it(
    worker: SteppedWorker, search: int, postbox: Postbox, api: FlaskClient
) -> None:
    draft = letter(worker, Purpose.SEARCH_STARTED, about=search)
    assert draft is not None
    assert (draft.state, draft.therapist_id, draft.bundle_id) == (MailState.DRAFT, None, None)
    worker.work_off(rounds=1)
    assert postbox.heard == []
    api.post(f"/api/v2/emails/{draft.id}/release")
    worker.work_off(rounds=1)
    [message] = arrived(postbox, Purpose.SEARCH_STARTED)
    assert message["To"].addresses[0].addr_spec == "kim@example.org"
    assert message["Subject"] == f"Ihre Platzsuche hat begonnen [PS-{search}]"
    assert text_of(message) == draft.body_text
    assert text_of(message).startswith("Guten Tag Kim Ames,\n")


def test_a_yes_tells_the_patient_where_to_go(
    worker: SteppedWorker, neighbourhood: Neighbourhood, search: int
) -> None:
    accept(neighbourhood, worker, search)
    draft = letter(worker, Purpose.THERAPIST_ACCEPTED, about=search)
    assert draft is not None
    assert draft.state == MailState.DRAFT
    assert "  Frau Petra Praxis\n  Am Römerturm 5\n  50667 Köln\n" in draft.body_text
    assert letter(worker, Purpose.SEARCH_STARTED, about=search) is None


def test_a_yes_that_was_none_takes_its_draft_along(
    worker: SteppedWorker, neighbourhood: Neighbourhood, search: int
) -> None:
    bundle = accept(neighbourhood, worker, search)
    neighbourhood.answer_each(bundle, ["rejected_capacity"] * 3, reason="verhört")
    worker.hear()
    assert letter(worker, Purpose.THERAPIST_ACCEPTED, about=search) is None


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("moved", "weil Sie umgezogen sind"),
        ("withdrew", "wie Sie es wünschen"),
        ("unreachable", "wir haben mehrmals versucht, Sie zu erreichen"),
    ],
)
def test_the_end_of_a_search_is_told_by_its_reason(
    worker: SteppedWorker, neighbourhood: Neighbourhood, search: int, reason: str, words: str
) -> None:
    neighbourhood.move_search(search, "abandoned", end_reason=reason)
    worker.hear()
    draft = letter(worker, Purpose.SEARCH_ENDED, about=search)
    assert draft is not None
    assert words in draft.body_text
    assert letter(worker, Purpose.SEARCH_STARTED, about=search) is None


def test_nobody_writes_to_somebody_who_has_died_not_even_what_was_released(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    search: int,
    postbox: Postbox,
    api: FlaskClient,
) -> None:
    waiting = letter(worker, Purpose.SEARCH_STARTED, about=search)
    assert waiting is not None
    api.post(f"/api/v2/emails/{waiting.id}/release")
    neighbourhood.move_search(search, "abandoned", end_reason="died")
    worker.work_off(rounds=1)
    assert letter(worker, Purpose.SEARCH_STARTED, about=search) is None
    assert letter(worker, Purpose.SEARCH_ENDED, about=search) is None
    assert postbox.heard == []


def test_a_patient_without_an_address_gets_no_mail_and_the_row_says_why(
    worker: SteppedWorker, neighbourhood: Neighbourhood, api: FlaskClient
) -> None:
    search = neighbourhood.searching_patient()
    neighbourhood.carry_news()
    worker.hear()
    draft = letter(worker, Purpose.SEARCH_STARTED, about=search)
    assert draft is not None
    api.post(f"/api/v2/emails/{draft.id}/release")
    worker.work_off(rounds=1)
    failed = letter(worker, Purpose.SEARCH_STARTED, about=search)
    assert failed is not None
    assert (failed.state, failed.error_message) == (MailState.FAILED, "no_email")


def test_a_patients_letter_is_no_contact_with_a_practice(
    worker: SteppedWorker, neighbourhood: Neighbourhood, search: int, api: FlaskClient
) -> None:
    draft = letter(worker, Purpose.SEARCH_STARTED, about=search)
    assert draft is not None
    api.post(f"/api/v2/emails/{draft.id}/release")
    worker.work_off(rounds=1)
    sent = api.get(f"/api/v2/emails/{draft.id}").get_json()
    assert (sent["state"], sent["permit_id"], sent["therapist_id"]) == ("SENT", None, None)
    [told] = neighbourhood.told(draft.id)
    assert (told["bundle_id"], told["therapist_id"]) == (None, None)
    assert api.get("/api/v1/emails").get_json() == []
    assert api.get(f"/api/v1/emails/{draft.id}").status_code == 404
