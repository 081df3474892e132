"""Whatever somebody writes into a mail: it is refused by field, or goes out as one mail to one
reader."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.communication_service.integration.hostile_smtp import Postbox
from tests.communication_service.integration.mails import read_message, text_of, wire_of
from tests.communication_service.integration.written import ADDRESS, ask_v1, drafted, v1_mail
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.placement_requests import placement_request
from tests.communication_service.stepped_worker import SteppedWorker

LONGEST_LINE = 998
NEW_HEADER = "Hallo\r\nBcc: alle@example.org\n\nUnd ein Text"


@pytest.fixture
def therapist(neighbourhood: Neighbourhood) -> int:
    return neighbourhood.therapist(email=ADDRESS)


@pytest.mark.parametrize("field", ["subject", "recipient_name", "sender_name"])
def test_a_line_break_adds_no_header_and_no_reader(
    api: FlaskClient, worker: SteppedWorker, therapist: int, postbox: Postbox, field: str
) -> None:
    fields: dict[str, Any] = {field: NEW_HEADER}
    v1_mail(api, therapist, **fields)
    worker.round()
    [envelope] = postbox.heard
    message = read_message(envelope)
    assert envelope.rcpt_tos == [ADDRESS]
    assert message["Bcc"] is None
    assert text_of(message) == "Haben Sie einen Platz?\n"


@pytest.mark.parametrize(
    "words", ["x" * 5000, "ü" * 5000, "x " * 3000, ".\r\n.\r\nQUIT", "\x0b\x0c\x1f"]
)
def test_no_line_is_too_long_for_a_mail_server_and_no_word_gets_lost(
    api: FlaskClient, worker: SteppedWorker, therapist: int, postbox: Postbox, words: str
) -> None:
    v1_mail(api, therapist, body_text=f"Anfang {words} Ende", body_html=f"<p>{words}</p>.")
    worker.round()
    [envelope] = postbox.heard
    assert max(map(len, wire_of(envelope).split(b"\r\n"))) <= LONGEST_LINE
    assert "".join(words.split()) in "".join(text_of(read_message(envelope)).split())


@pytest.mark.parametrize(
    "subject", ["x" * 255, "ü" * 255, "🎉" * 60, "=?utf-8?q?Bcc?=", "\u202eabc"]
)
def test_a_strange_subject_is_one_header(
    api: FlaskClient, worker: SteppedWorker, therapist: int, postbox: Postbox, subject: str
) -> None:
    v1_mail(api, therapist, subject=subject, recipient_name=subject)
    worker.round()
    [envelope] = postbox.heard
    assert max(map(len, wire_of(envelope).split(b"\r\n"))) <= LONGEST_LINE
    assert read_message(envelope)["Subject"]


@pytest.mark.parametrize("field", ["subject", "body_html", "body_text", "recipient_name"])
@pytest.mark.parametrize("sign", ["\\u0000", "\\ud800"])
def test_what_cannot_be_stored_is_refused_by_field(
    api: FlaskClient, therapist: int, field: str, sign: str
) -> None:
    fields: dict[str, Any] = {
        "therapist_id": therapist,
        "subject": "Anfrage",
        "body_html": "Guten Tag",
        "recipient_email": ADDRESS,
        "recipient_name": "Praxis",
        field: "HIER",
    }
    written = str(fields).replace("'", '"').replace("HIER", f"a{sign}b")
    answer = api.post("/api/v1/emails", data=written, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"placement_request_ids": list(range(1, 100_000))}, "placement_request_ids"),
        ({"placement_request_ids": [1, "2"]}, "placement_request_ids[1]"),
        ({"placement_request_ids": [2**31]}, "placement_request_ids[0]"),
        ({"placement_request_ids": None}, "placement_request_ids"),
        ({"body_html": "x" * 100_001}, "body_html"),
        ({"subject": "x" * 256}, "subject"),
        ({"subject": ["Liste"]}, "subject"),
        ({"recipient_email": "praxis@example.org\nBcc: x@example.org"}, "recipient_email"),
        ({"recipient_email": "praxis@example.org,x@example.org"}, "recipient_email"),
        ({"sender_email": "chef@bank.example"}, "sender_email"),
        ({"therapist_id": True}, "therapist_id"),
        ({"batch_id": 0}, "batch_id"),
        ({"status": "SENDING"}, "status"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field_and_nothing_is_written(
    api: FlaskClient, therapist: int, fields: dict[str, Any], named: str
) -> None:
    answer = ask_v1(api, therapist, **fields)
    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith(f"{named}: ")
    assert api.get("/api/v1/emails").get_json() == []


@pytest.mark.parametrize(
    "typed", ["{{ 7*7 }} {% include 'x' %}", "<script>alert(1)</script> & <b>"]
)
def test_what_staff_type_is_text_and_no_template_and_no_html(
    api: FlaskClient, therapist: int, typed: str
) -> None:
    mail = drafted(api, therapist, text=typed)
    assert typed in mail["body_text"]
    assert "<script>" not in mail["body_html"]
    assert "49" not in mail["body_text"]


PLANTED = {
    "vorname": "GepflanzterVorname",
    "nachname": "GepflanzterNachname",
    "geburtsdatum": "1987-06-05",
    "krankenversicherungsnummer": "X909090909",
    "email": "gepflanzt@patient.example",
    "telefon": "+49221909090",
    "strasse": "GepflanzteStrasse 77",
}
SPELLED = {**PLANTED, "geburtsdatum": "5.6.1987", "telefon": "0221 90 90 90"}
SPELLED["vorname"] = "GepflanzterVorname GepflanzterNachname"


@pytest.mark.parametrize(
    "field", ["subject", "body_html", "body_text", "recipient_name", "sender_name"]
)
@pytest.mark.parametrize("planted", SPELLED.values(), ids=SPELLED)
def test_no_value_of_an_offered_patient_gets_into_a_mail(
    api: FlaskClient, neighbourhood: Neighbourhood, therapist: int, field: str, planted: str
) -> None:
    request = placement_request(neighbourhood, therapist, **PLANTED)
    answer = ask_v1(
        api, therapist, placement_request_ids=[request], **{field: f"Für ({planted}), bitte"}
    )
    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith(f"{field}: ")
    assert planted not in answer.text


@pytest.mark.parametrize("planted", SPELLED.values(), ids=SPELLED)
def test_nor_does_an_offered_patient_get_into_a_mail_that_has_the_value(
    api: FlaskClient, neighbourhood: Neighbourhood, therapist: int, planted: str
) -> None:
    request = placement_request(neighbourhood, therapist, **PLANTED)
    mail = v1_mail(api, therapist, status="DRAFT", body_html=f'<a title="{planted}">Wer?</a>')
    path = f"/api/v1/emails/{mail}/batches"
    answer = api.post(path, json={"placement_request_id": request})
    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith("placement_request_id: ")
    assert api.get(path).get_json() == []
