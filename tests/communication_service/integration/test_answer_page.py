"""A practice answers by its link. Matching, patients and therapists are real services."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import Any

import pytest

from communication_service.config import Config
from shared.observability.logs import configure_logging
from tests.communication_service.integration.answering import (
    ACCEPTED,
    CAPACITY,
    NOT_SUITABLE,
    OTHER,
    Practice,
    typed_in,
    words_of,
)
from tests.communication_service.integration.mails import MailOf
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

EVERYBODY = {"A": ACCEPTED, "B": CAPACITY, "C": NOT_SUITABLE}
PLANTED = {
    "vorname": "Walburga",
    "nachname": "Zwiebelfisch",
    "geburtsdatum": "1987-06-05",
    "strasse": "Geheimgasse 77",
    "plz": "52062",
    "ort": "Aachen",
    "email": "walburga@verraten.example",
    "telefon": "+49 241 7654321",
    "krankenkasse": "Kassandra-Kasse",
    "krankenversicherungsnummer": "Q123456789",
    "diagnose": "F33.2",
    "aktuelle_psychische_beschwerden": "Schlaflosigkeit seit Walpurgis",
    "hausarzt": "Dr. Quacksalber",
}


def rows_of(neighbourhood: Neighbourhood, bundle_id: int) -> list[tuple[str, str | None]]:
    bundle = neighbourhood.bundle(bundle_id)
    return [(row["status"], row["outcome"]) for row in bundle["patients"]]


def test_the_page_says_of_everybody_what_the_mail_has_said(
    practice: Practice, mailed: int, mail_of: MailOf
) -> None:
    mail = mail_of(mailed)
    assert mail is not None
    letter = mail.body_text.partition("Person A")[2].partition("So antworten Sie")[0]
    page = words_of(practice.look())

    said = [line.strip() for line in letter.splitlines() if line.startswith("  ")]
    assert len(said) == 9
    assert [line for line in said if page.count(line) != 3] == []


def test_an_answer_is_recorded_the_way_staff_would_record_it(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    page = practice.answer(EVERYBODY, notes_A="gern ab Januar")

    bundle = neighbourhood.bundle(mailed)
    assert page.status_code == 200
    assert (bundle["state"], bundle["response_type"]) == ("answered", "partial")
    assert rows_of(neighbourhood, mailed) == [
        ("accepted", ACCEPTED),
        ("rejected", CAPACITY),
        ("rejected", NOT_SUITABLE),
    ]
    assert bundle["patients"][0]["outcome_notes"] == "gern ab Januar"
    assert neighbourhood.answered_by(mailed) == (
        "portal",
        f"therapist:{practice.linked.therapist_id}",
    )


def test_what_was_recorded_stands_on_the_page_that_comes_back(practice: Practice) -> None:
    words = words_of(practice.answer(EVERYBODY, notes_A="gern ab Januar"))

    assert "Vielen Dank für Ihre Antwort" in words
    assert "Person A Zusage Ihre Bemerkung: gern ab Januar" in words
    assert "Person B Absage: zurzeit kein Platz frei" in words
    assert "Person C Absage: passt nicht zur Praxis" in words
    assert "Namen und Kontaktdaten nennen wir Ihnen" in words
    assert "senden wir Ihnen keine neue Anfrage" in words


def test_looking_changes_nothing_however_often(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    before = neighbourhood.bundle(mailed)
    for path in (practice.answer_path(), practice.opt_out_path()):
        assert practice.look(path).status_code == 200
        assert practice.head(path).status_code == 200
    assert neighbourhood.bundle(mailed) == before
    assert practice.wishes() == []


def test_a_missing_answer_is_named_and_nothing_typed_is_lost(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    page = practice.answer({"A": ACCEPTED}, notes_B="mal sehen", ask_again_from="2027-09-01")

    assert page.status_code == 422
    words = words_of(page)
    assert "Person B: Bitte wählen Sie eine Antwort." in words
    assert "Person C: Bitte wählen Sie eine Antwort." in words
    assert "Person A: Bitte" not in words
    typed = typed_in(page)
    assert typed["outcome_A"] == ACCEPTED
    assert (typed["notes_B"], typed["ask_again_from"]) == ("mal sehen", "2027-09-01")
    assert neighbourhood.bundle(mailed)["state"] == "sent"


def test_the_form_as_it_came_back_can_be_completed_and_sent(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    typed = typed_in(practice.answer({"A": OTHER, "B": OTHER}, notes_C="a&b <c>"))
    page = practice.answer({"C": CAPACITY}, **typed)

    assert page.status_code == 200
    assert neighbourhood.bundle(mailed)["patients"][2]["outcome_notes"] == "a&b <c>"


def test_one_button_refuses_for_everybody_who_was_not_chosen(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    assert practice.answer({"B": ACCEPTED}, everybody_else=CAPACITY).status_code == 200
    assert [outcome for _, outcome in rows_of(neighbourhood, mailed)] == [
        CAPACITY,
        ACCEPTED,
        CAPACITY,
    ]


def test_sending_the_same_twice_is_like_sending_it_once(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    first = practice.answer(EVERYBODY)
    stored = neighbourhood.bundle(mailed)
    second = practice.answer(EVERYBODY)

    assert (first.status_code, second.status_code) == (200, 200)
    assert words_of(first) == words_of(second)
    assert neighbourhood.bundle(mailed) == stored


def test_a_note_that_came_too_late_is_not_shown_as_if_it_were_kept(practice: Practice) -> None:
    practice.answer(EVERYBODY, notes_A="zuerst")
    assert "danach" not in words_of(practice.answer(EVERYBODY, notes_A="danach"))


def test_an_answer_cannot_be_changed_on_the_page(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    practice.answer(EVERYBODY)
    stored = neighbourhood.bundle(mailed)
    page = practice.answer({"A": CAPACITY, "B": CAPACITY, "C": CAPACITY})

    assert page.status_code == 409
    assert "Ihre Antwort liegt uns schon vor" in words_of(page)
    assert "Person A Zusage" in words_of(page)
    assert "Rufen Sie uns an: 0221 4710" in words_of(page)
    assert neighbourhood.bundle(mailed) == stored


def test_what_was_said_by_phone_before_stands_on_the_page(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    neighbourhood.answer(mailed, OTHER)

    page = practice.look()
    assert page.status_code == 200
    assert "Ihre Antwort liegt uns schon vor" in words_of(page)
    assert words_of(page).count("Absage: anderer Grund") == 3
    assert practice.answer(EVERYBODY).status_code == 409


def test_notes_of_the_staff_are_shown_to_nobody(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    neighbourhood.answer(mailed, OTHER, notes="Frau Zwiebelfisch kennt er schon")

    pages = practice.look(), practice.answer(dict.fromkeys("ABC", OTHER))
    assert [page.status_code for page in pages] == [200, 200]
    assert [page for page in pages if "Zwiebelfisch" in page.text] == []


def test_somebody_who_has_left_is_shown_as_such_and_cannot_be_chosen(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    neighbourhood.pause(neighbourhood.searches_in(mailed)[1])
    page = practice.look()

    words = words_of(page)
    assert "Person B: nicht mehr verfügbar Inzwischen versorgt" in words
    assert "Depressive Störung" in words
    assert words.count("Depressive Störung") == 2
    assert "outcome_B" not in page.text
    assert practice.answer({"A": ACCEPTED, "C": CAPACITY}).status_code == 200
    assert rows_of(neighbourhood, mailed)[1] == ("withdrawn", None)


def test_an_acceptance_of_somebody_who_left_meanwhile_is_not_lost(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    assert practice.look().status_code == 200
    neighbourhood.pause(neighbourhood.searches_in(mailed)[1])
    page = practice.answer({"A": CAPACITY, "B": ACCEPTED, "C": CAPACITY})

    assert page.status_code == 200
    assert "Person B Zusage – die Person hat inzwischen vielleicht schon einen Platz" in words_of(
        page
    )
    assert "melden wir uns bei Ihnen" in words_of(page)
    assert rows_of(neighbourhood, mailed)[1] == ("conflict", ACCEPTED)


def test_an_acceptance_of_somebody_who_left_survives_a_form_that_comes_back(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    neighbourhood.pause(neighbourhood.searches_in(mailed)[1])
    back = practice.answer({"A": CAPACITY, "B": ACCEPTED}, notes_B="gern ab Januar")
    assert back.status_code == 422
    assert "Person B: nicht mehr verfügbar" in words_of(back)
    assert "Wir melden uns bei Ihnen, falls Sie zugesagt haben" in words_of(back)

    page = practice.answer({"C": CAPACITY}, **typed_in(back))
    assert page.status_code == 200
    assert rows_of(neighbourhood, mailed)[1] == ("conflict", ACCEPTED)
    assert neighbourhood.bundle(mailed)["patients"][1]["outcome_notes"] == "gern ab Januar"


def test_no_page_names_anybody_or_gives_an_id_away(
    neighbourhood: Neighbourhood,
    worker: SteppedWorker,
    practice_at: Any,
    config: Config,
) -> None:
    for _ in range(20):
        neighbourhood.post(f"{neighbourhood.patients}/api/v2/patients", {**PLANTED, "ort": "X"})
    for _ in range(3):
        neighbourhood.searching_patient(**PLANTED)
    bundle_id = neighbourhood.draft(neighbourhood.therapist(email="praxis@example.org"))
    neighbourhood.send(bundle_id)
    worker.round()
    practice: Practice = practice_at(bundle_id)
    pages = [
        practice.look(),
        practice.look(practice.opt_out_path()),
        practice.answer({"A": ACCEPTED}),
        practice.answer(EVERYBODY),
        practice.look(),
        practice.opt_out(),
        practice.look(),
    ]

    planted = [*PLANTED.values(), "Petra", "Praxis, ", "praxis@example.org", "05.06.1987", "1987"]
    told = [(n, value) for n, page in enumerate(pages) for value in planted if value in page.text]
    assert [one for one in told if one[1] not in ("52062", "Aachen")] == []
    ids = {
        str(row[k]) for row in neighbourhood.bundle(bundle_id)["patients"] for k in ("patient_id",)
    }
    assert ids == {"21", "22", "23"}
    words = [word for page in pages for word in words_of(page).split()]
    assert [word for word in words if word.strip("().,:") in ids] == []
    assert json.dumps([page.text for page in pages]).count("search_id") == 0


@pytest.mark.parametrize("path", ["answer_path", "opt_out_path"])
def test_pages_are_for_nobody_elses_eyes(practice: Practice, path: str) -> None:
    headers = practice.look(getattr(practice, path)()).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy
    assert "unsafe" not in policy
    assert "Set-Cookie" not in headers


def test_no_link_stands_in_any_log(practice: Practice, neighbourhood: Neighbourhood) -> None:
    answer, opt_out = practice.answer_path(), practice.opt_out_path()
    with heard() as logged:
        with neighbourhood.matching_answers(503):
            practice.look()
        practice.answer(EVERYBODY)
        practice.opt_out()
        practice.look(f"{answer}x")
        practice.method("PUT")

    lines = logged.getvalue()
    assert '"route": "/answer/<token>"' in lines
    assert '"route": "/answer/<token>/opt-out"' in lines
    assert [path for path in (answer, opt_out) if path.split("/")[2][:20] in lines] == []


@contextmanager
def heard() -> Iterator[StringIO]:
    """What all services of this process log inside the block."""
    try:
        with redirect_stderr(StringIO()) as logged:
            configure_logging("communication_service", "INFO")
            yield logged
    finally:
        configure_logging("communication_service", "INFO")
