"""What the logs of contacts need to know: about whom a mail or call was, and who let it go."""

import pytest
from flask.testing import FlaskClient

from communication_service.domain.purposes import Purpose
from tests.communication_service.integration.mails import letter
from tests.communication_service.integration.written import ADDRESS, v1_mail
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.phone_desk import PhoneDesk
from tests.communication_service.placement_requests import patient_asked_for, placement_request
from tests.communication_service.stepped_worker import SteppedWorker


def patients_in(around: Neighbourhood, bundle_id: int) -> list[int]:
    return [row["patient_id"] for row in around.bundle(bundle_id)["patients"]]


def test_a_mail_names_the_patients_of_whom_it_speaks_by_id(
    neighbourhood: Neighbourhood, worker: SteppedWorker, sent: int
) -> None:
    worker.round()

    [told] = neighbourhood.told(sent)
    assert told["patient_ids"] == patients_in(neighbourhood, sent)
    assert (told["patient_id"], told["actor"]) == (None, None)


def test_of_whom_has_left_since_the_mail_was_written_nobody_is_told(
    neighbourhood: Neighbourhood, worker: SteppedWorker, sent: int
) -> None:
    worker.hear()
    leaves, *stay = neighbourhood.searches_in(sent)
    neighbourhood.pause(leaves)
    worker.send_next()
    worker.tell()

    [told] = neighbourhood.told(sent)
    assert told["patient_ids"] == [neighbourhood.patient_of(search) for search in stay]


def test_a_letter_to_a_patient_names_who_released_it(
    neighbourhood: Neighbourhood, worker: SteppedWorker, api: FlaskClient
) -> None:
    search_id = neighbourhood.searching_patient(email="anna@example.org")
    neighbourhood.move_search(search_id, "abandoned", end_reason="withdrew")
    worker.hear()
    draft = letter(worker, Purpose.SEARCH_ENDED, about=search_id)
    assert draft is not None
    api.post(f"/api/v2/emails/{draft.id}/release")
    worker.round()

    [told] = neighbourhood.told(draft.id)
    patient_id = neighbourhood.patient_of(search_id)
    assert (told["patient_id"], told["patient_ids"], told["actor"]) == (patient_id, [], "staff1")


def test_a_call_names_the_patients_it_is_about_and_who_made_it(
    desk: PhoneDesk, planned: int, silent: int
) -> None:
    desk.start(planned)
    desk.complete(planned, "not_reached")
    desk.worker.tell()

    about = patients_in(desk.around, silent)
    calls = [one for one in desk.around.told(silent) if "call_id" in one]
    assert [(one["type"], one["patient_ids"], one["actor"]) for one in calls] == [
        ("communication.call_scheduled", about, "system"),
        ("communication.call_completed", about, "staff1"),
    ]


def test_an_old_clients_mail_names_the_patients_of_its_requests(
    neighbourhood: Neighbourhood, worker: SteppedWorker, api: FlaskClient
) -> None:
    therapist = neighbourhood.therapist(email=ADDRESS)
    first, taken_out, joined = (placement_request(neighbourhood, therapist) for _ in range(3))
    mail = v1_mail(api, therapist, [first, taken_out], status="DRAFT")
    batches = f"/api/v1/emails/{mail}/batches"
    taken = {one["placement_request_id"]: one["id"] for one in api.get(batches).get_json()}
    assert api.delete(f"/api/v1/email-batches/{taken[taken_out]}").status_code == 200
    assert api.post(batches, json={"placement_request_id": joined}).status_code == 201
    assert api.put(f"/api/v1/emails/{mail}", json={"status": "QUEUED"}).status_code == 200
    worker.round()

    [told] = neighbourhood.told(mail)
    about = [patient_asked_for(neighbourhood, one) for one in (first, joined)]
    assert (told["type"], told["patient_ids"]) == ("communication.email_sent", about)


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_an_old_clients_call_names_the_patients_of_those_requests_that_there_are(
    desk: PhoneDesk, status: str
) -> None:
    therapist, other = (desk.around.therapist(email=one) for one in (ADDRESS, "o@example.org"))
    asked = placement_request(desk.around, therapist)
    elsewhere = placement_request(desk.around, other)
    call = desk.plan_old(therapist, [asked, elsewhere, 999])
    said = desk.api.put(f"/api/v1/phone-calls/{call}", json={"status": status})
    assert said.status_code == 200
    desk.worker.tell()

    planned, made = desk.around.told(call)
    about = [patient_asked_for(desk.around, asked)]
    assert (planned["patient_ids"], made["patient_ids"]) == ([], about)


def test_an_answer_is_told_with_its_way_its_time_and_who_took_it(
    neighbourhood: Neighbourhood, worker: SteppedWorker, sent: int
) -> None:
    worker.round()
    neighbourhood.let_matching_hear()
    neighbourhood.answer(sent)
    neighbourhood.answer_each(sent, ["accepted"] * 3, reason="verhört")

    said = ("response_channel", "responded_by", "corrected", "patient_ids")
    about = patients_in(neighbourhood, sent)
    told = neighbourhood.answers_told(sent)
    assert [tuple(one[name] for name in said) for one in told] == [
        ("phone", "staff1", False, about),
        ("phone", "staff1", True, about),
    ]
    assert told[0]["responded_at"] == told[1]["responded_at"]
