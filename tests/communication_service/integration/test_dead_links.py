"""Links that lead nowhere any more: a clear page, the right status, and no effect."""

from collections.abc import Callable

import pytest

from tests.communication_service.integration.answering import ACCEPTED, Practice, words_of
from tests.communication_service.neighbourhood import Neighbourhood

ALL = dict.fromkeys("ABC", ACCEPTED)
ACCEPTING = {f"outcome_{letter}": ACCEPTED for letter in ALL}
Happening = Callable[[Neighbourhood, int], None]


def close(neighbourhood: Neighbourhood, bundle_id: int) -> None:
    for search_id in neighbourhood.searches_in(bundle_id):
        neighbourhood.pause(search_id)


def block(neighbourhood: Neighbourhood, bundle_id: int) -> None:
    therapist_id = neighbourhood.therapist_of(bundle_id)
    neighbourhood.change_therapist(therapist_id, status="gesperrt", sperrgrund="Beschwerde")


def deactivate(neighbourhood: Neighbourhood, bundle_id: int) -> None:
    neighbourhood.change_therapist(neighbourhood.therapist_of(bundle_id), status="inaktiv")


def opt_out_by_phone(neighbourhood: Neighbourhood, bundle_id: int) -> None:
    wish = {"date": "2026-01-01", "channel": "phone"}
    neighbourhood.change_therapist(neighbourhood.therapist_of(bundle_id), kein_kontakt=wish)


def move(neighbourhood: Neighbourhood, bundle_id: int) -> None:
    neighbourhood.change_therapist(neighbourhood.therapist_of(bundle_id), email="neu@example.org")


@pytest.mark.parametrize(
    ("happens", "status", "title"),
    [
        (close, 410, "Diese Anfrage ist abgeschlossen"),
        (block, 410, "Dieser Link gilt nicht mehr"),
        (deactivate, 410, "Dieser Link gilt nicht mehr"),
        (opt_out_by_phone, 410, "Sie erhalten keine Anfragen mehr"),
        (move, 410, "Ihre Kontaktdaten haben sich seit unserer E-Mail geändert"),
    ],
)
def test_a_link_dies_with_what_it_was_for(
    practice: Practice,
    neighbourhood: Neighbourhood,
    mailed: int,
    happens: Happening,
    status: int,
    title: str,
) -> None:
    happens(neighbourhood, mailed)
    before = neighbourhood.bundle(mailed)
    pages = practice.look(), practice.answer(ALL, ask_again_from="2027-09-01")

    assert [page.status_code for page in pages] == [status, status]
    assert [page for page in pages if title not in words_of(page)] == []
    assert [page for page in pages if "<form" in page.text] == []
    assert neighbourhood.bundle(mailed) == before
    assert practice.wishes() == []


def test_why_a_practice_is_blocked_stays_in_the_house(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    block(neighbourhood, mailed)
    assert "Beschwerde" not in practice.look().text


@pytest.mark.parametrize(
    ("happens", "status", "title"),
    [
        (lambda *_: None, 409, "Diese Anfrage ist noch nicht versandt"),
        (lambda n, b: n.cancel(b), 410, "Diese Anfrage wurde zurückgezogen"),
    ],
    ids=["draft", "cancelled"],
)
def test_a_link_from_a_draft_answers_nothing(
    neighbourhood: Neighbourhood,
    draft: int,
    practice_at: Callable[[int], Practice],
    happens: Happening,
    status: int,
    title: str,
) -> None:
    practice = practice_at(draft)
    happens(neighbourhood, draft)
    before = neighbourhood.bundle(draft)
    pages = practice.look(), practice.answer(ALL)

    assert [page.status_code for page in pages] == [status, status]
    assert [page for page in pages if title not in words_of(page)] == []
    assert neighbourhood.bundle(draft) == before


def test_a_link_is_good_for_the_weeks_of_the_inquiry_and_two_more(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    for days in (43, 400):
        late = practice.answer_path(days_ago=days)
        assert "Dieser Link ist abgelaufen" in words_of(practice.look(late))
        assert (practice.look(late).status_code, practice.post(late, ACCEPTING)) == (410, 410)
    assert neighbourhood.bundle(mailed)["state"] == "sent"

    in_time = practice.answer_path(days_ago=42)
    assert (practice.look(in_time).status_code, practice.post(in_time, ACCEPTING)) == (200, 200)
    assert neighbourhood.bundle(mailed)["state"] == "answered"


def test_a_link_that_we_have_not_written_is_unknown(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    path = practice.answer_path()
    strangers = [
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        path + "A",
        path[:-10],
        path.replace(".", "%2E.", 1),
        "/answer/x",
        "/answer/" + "A" * 5000,
        "/answer/%00%ff.%ed%a0%80",
    ]
    for stranger in strangers:
        page = practice.look(stranger)
        assert (page.status_code, practice.post(stranger, ACCEPTING)) == (404, 404)
        assert "Diesen Link kennen wir nicht" in words_of(page)
    assert neighbourhood.bundle(mailed)["state"] == "sent"


def test_a_link_for_answering_does_not_opt_out_and_the_other_way_round(practice: Practice) -> None:
    answer, opt_out = practice.answer_path(), practice.opt_out_path()

    assert practice.post(f"{answer}/opt-out", {}) == 404
    assert practice.look(opt_out.removesuffix("/opt-out")).status_code == 404
    assert practice.wishes() == []


def test_the_link_of_an_inquiry_that_is_gone_with_its_therapist_is_dead(
    practice: Practice, neighbourhood: Neighbourhood
) -> None:
    neighbourhood.forget_therapist(practice.linked.therapist_id)
    assert practice.look().status_code == 410
