"""Keine Anfragen mehr, und: fragen Sie mich später."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.communication_service.integration.answering import (
    ACCEPTED,
    CAPACITY,
    Practice,
    words_of,
)
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

EVERYBODY = {"A": ACCEPTED, "B": CAPACITY, "C": CAPACITY}
MARCH = date(2029, 3, 1)


@pytest.fixture
def opted_out(practice: Practice) -> Practice:
    assert practice.opt_out().status_code == 200
    return practice


def listed(api: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = api.get(f"/api/v2/opt-outs{query}").get_json()["data"]
    return data


def test_an_opt_out_reaches_the_therapist_and_kills_the_link(
    opted_out: Practice, worker: SteppedWorker, neighbourhood: Neighbourhood
) -> None:
    assert worker.tell_wishes() == 1

    therapist = neighbourhood.therapist_as_service(opted_out.linked.therapist_id)
    assert therapist["kein_kontakt"]["channel"] == "portal"
    assert neighbourhood.decided(opted_out.linked.therapist_id)[0] == (
        "kein_kontakt",
        f"therapist:{opted_out.linked.therapist_id}",
    )
    page = opted_out.look()
    assert page.status_code == 410
    assert "Sie erhalten keine Anfragen mehr" in words_of(page)


def test_an_opt_out_needs_nobody_else_to_be_awake(
    practice: Practice, worker: SteppedWorker, neighbourhood: Neighbourhood
) -> None:
    with neighbourhood.matching_answers(503), neighbourhood.therapists_answer(503):
        assert practice.opt_out().status_code == 200
        assert worker.tell_wishes() == 0

    assert neighbourhood.therapist_as_service(practice.linked.therapist_id)["kein_kontakt"] is None
    assert (worker.tell_wishes(), worker.tell_wishes()) == (1, 0)
    therapist = neighbourhood.therapist_as_service(practice.linked.therapist_id)
    assert therapist["kein_kontakt"] is not None


def test_opting_out_twice_is_opting_out_once(opted_out: Practice) -> None:
    assert opted_out.opt_out().status_code == 200
    assert opted_out.wishes() == [("opt_out", None)]


def test_who_opts_out_again_after_it_was_cleared_at_the_therapist_is_heard(
    opted_out: Practice, worker: SteppedWorker, neighbourhood: Neighbourhood
) -> None:
    worker.tell_wishes()
    neighbourhood.change_therapist(opted_out.linked.therapist_id, kein_kontakt=None)

    page = opted_out.look(opted_out.opt_out_path())
    assert "Ihr Wunsch ist bei uns notiert" in words_of(page)
    assert "<form" in page.text
    assert opted_out.opt_out().status_code == 200
    assert worker.tell_wishes() == 1

    therapist = neighbourhood.therapist_as_service(opted_out.linked.therapist_id)
    assert therapist["kein_kontakt"]["channel"] == "portal"
    assert opted_out.wishes() == [("opt_out", None)]


def test_one_click_in_a_mail_program_is_enough_whatever_it_sends(practice: Practice) -> None:
    kinds = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
    answers = [practice.click(kind) for kind in kinds]

    assert answers == [200, 200, 200]
    assert practice.wishes() == [("opt_out", None)]


def test_an_earlier_opt_out_keeps_its_day_and_way(
    practice: Practice, worker: SteppedWorker, neighbourhood: Neighbourhood
) -> None:
    therapist_id = practice.linked.therapist_id
    earlier = {"date": "2026-01-01", "channel": "phone"}
    neighbourhood.change_therapist(therapist_id, kein_kontakt=earlier)
    practice.opt_out()
    worker.tell_wishes()

    assert neighbourhood.therapist_as_service(therapist_id)["kein_kontakt"] == earlier


def test_staff_see_opt_outs_and_can_undo_one_with_a_reason(
    opted_out: Practice, worker: SteppedWorker, neighbourhood: Neighbourhood, api: FlaskClient
) -> None:
    worker.tell_wishes()
    [shown] = listed(api)
    assert shown["therapist_id"] == opted_out.linked.therapist_id
    assert shown["delivered_at"] is not None
    assert shown["undone_at"] is None

    path = f"/api/v2/opt-outs/{shown['id']}"
    assert api.delete(path, json={"reason": "  "}).status_code == 422
    assert api.delete(path, json={"reason": "Versehen, am Telefon geklärt"}).status_code == 204
    assert worker.tell_wishes() == 1

    assert neighbourhood.therapist_as_service(opted_out.linked.therapist_id)["kein_kontakt"] is None
    assert neighbourhood.decided(opted_out.linked.therapist_id)[0] == ("kein_kontakt", "staff1")
    [undone] = listed(api, "?undone=true")
    assert (undone["undone_by"], undone["undo_reason"]) == (
        "staff1",
        "Versehen, am Telefon geklärt",
    )
    assert listed(api, "?undone=false") == []
    assert api.delete(path, json={"reason": "noch einmal"}).status_code == 409
    assert api.delete("/api/v2/opt-outs/999", json={"reason": "x"}).status_code == 404
    assert opted_out.look().status_code == 200


def test_an_opt_out_that_is_undone_before_it_was_told_leaves_nothing_behind(
    opted_out: Practice, worker: SteppedWorker, neighbourhood: Neighbourhood, api: FlaskClient
) -> None:
    [shown] = listed(api)
    api.delete(f"/api/v2/opt-outs/{shown['id']}", json={"reason": "Versehen"})
    worker.tell_wishes()

    assert neighbourhood.therapist_as_service(opted_out.linked.therapist_id)["kein_kontakt"] is None
    assert opted_out.opt_out().status_code == 200
    assert len(opted_out.wishes()) == 2


def test_nobody_but_staff_sees_opt_outs(api: FlaskClient, practice: Practice) -> None:
    assert practice.look("/api/v2/opt-outs").status_code == 401


def test_the_day_to_ask_again_reaches_the_therapist(
    practice: Practice, worker: SteppedWorker, neighbourhood: Neighbourhood
) -> None:
    page = practice.answer(EVERYBODY, ask_again_from=MARCH.isoformat())
    worker.tell_wishes()

    assert "ab dem 1. März 2029 wieder" in words_of(page)
    therapist = neighbourhood.therapist_as_service(practice.linked.therapist_id)
    assert therapist["kontakt_wieder_ab"] == MARCH.isoformat()


def test_a_day_that_cannot_be_is_refused_with_the_answer(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    page = practice.answer(EVERYBODY, ask_again_from="2020-01-01")

    assert page.status_code == 422
    assert "Der Tag muss in der Zukunft liegen" in words_of(page)
    assert (neighbourhood.bundle(mailed)["state"], practice.wishes()) == ("sent", [])


def test_a_wish_of_a_therapist_who_is_gone_is_told_to_nobody_and_holds_up_no_other(
    opted_out: Practice, worker: SteppedWorker, neighbourhood: Neighbourhood
) -> None:
    neighbourhood.forget_therapist(opted_out.linked.therapist_id)
    assert (worker.tell_wishes(), worker.tell_wishes()) == (1, 0)


@pytest.fixture
def staff_clear(
    practice: Practice, worker: SteppedWorker, neighbourhood: Neighbourhood
) -> Callable[..., None]:
    """At the therapist, and everybody hears of it."""

    def clear(**changes: Any) -> None:
        neighbourhood.change_therapist(practice.linked.therapist_id, **changes)
        neighbourhood.carry_news_of_therapists()
        worker.hear()

    return clear


def test_an_opt_out_that_staff_clear_at_the_therapist_ends_here_as_well(
    opted_out: Practice, worker: SteppedWorker, staff_clear: Callable[..., None], api: FlaskClient
) -> None:
    worker.tell_wishes()
    staff_clear(kein_kontakt=None)

    [undone] = listed(api, "?undone=true")
    assert (undone["undone_by"], undone["undo_reason"]) == (
        "therapist_service",
        "Beim Therapeuten aufgehoben",
    )
    assert worker.tell_wishes() == 0
    page = opted_out.look(opted_out.opt_out_path())
    assert "Sie erhalten keine Anfragen mehr" not in words_of(page)


def test_who_opts_out_again_after_that_is_heard(
    opted_out: Practice,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    staff_clear: Callable[..., None],
) -> None:
    worker.tell_wishes()
    staff_clear(kein_kontakt=None)

    opted_out.opt_out()

    assert worker.tell_wishes() == 1
    therapist = neighbourhood.therapist_as_service(opted_out.linked.therapist_id)
    assert therapist["kein_kontakt"] is not None


def test_news_of_a_therapist_end_no_wish_that_is_kept_or_still_on_its_way(
    opted_out: Practice, worker: SteppedWorker, staff_clear: Callable[..., None], api: FlaskClient
) -> None:
    staff_clear(ort="Aachen")  # the therapist service does not know of the opt-out yet
    assert listed(api, "?undone=true") == []

    worker.tell_wishes()
    staff_clear(ort="Köln")
    assert listed(api, "?undone=true") == []


def test_a_day_that_staff_clear_is_told_when_it_is_named_again(
    practice: Practice,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    staff_clear: Callable[..., None],
) -> None:
    practice.answer(EVERYBODY, ask_again_from=MARCH.isoformat())
    worker.tell_wishes()
    practice.answer(EVERYBODY, ask_again_from=MARCH.isoformat())
    assert worker.tell_wishes() == 0

    staff_clear(kontakt_wieder_ab=None)
    practice.answer(EVERYBODY, ask_again_from=MARCH.isoformat())

    assert worker.tell_wishes() == 1
    therapist = neighbourhood.therapist_as_service(practice.linked.therapist_id)
    assert therapist["kontakt_wieder_ab"] == MARCH.isoformat()


@pytest.fixture
def moved(practice: Practice, neighbourhood: Neighbourhood) -> Practice:
    """The same practice with a link to its new mailbox; `practice` still holds the old one."""
    therapist_id = practice.linked.therapist_id
    neighbourhood.change_therapist(therapist_id, email="neu@example.org")
    key = neighbourhood.therapist_as_service(therapist_id)["mailbox_key"]
    return practice.at(replace(practice.linked, mailbox_key=key))


def test_an_opt_out_from_a_former_mailbox_is_told_to_nobody_and_staff_see_why(
    practice: Practice,
    moved: Practice,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    api: FlaskClient,
) -> None:
    assert practice.opt_out().status_code == 200
    assert (worker.tell_wishes(), worker.tell_wishes()) == (1, 0)

    assert neighbourhood.therapist_as_service(moved.linked.therapist_id)["kein_kontakt"] is None
    [shown] = listed(api)
    assert (shown["undone_by"], shown["undo_reason"]) == (
        "system",
        "Der Link ging an ein anderes Postfach als das der Praxis",
    )


@pytest.mark.parametrize("former_first", [True, False])
def test_an_opt_out_from_a_former_mailbox_neither_hides_nor_ends_the_practices_own(
    practice: Practice,
    moved: Practice,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    former_first: bool,
) -> None:
    for one in [practice, moved] if former_first else [moved, practice]:
        assert one.opt_out().status_code == 200
    worker.tell_wishes()

    therapist = neighbourhood.therapist_as_service(moved.linked.therapist_id)
    assert therapist["kein_kontakt"]["channel"] == "portal"


def test_an_opt_out_stays_when_the_mailbox_that_it_came_from_is_given_up(
    opted_out: Practice, worker: SteppedWorker, neighbourhood: Neighbourhood, api: FlaskClient
) -> None:
    worker.tell_wishes()
    neighbourhood.change_therapist(opted_out.linked.therapist_id, email="neu@example.org")
    opted_out.opt_out()
    worker.tell_wishes()

    therapist = neighbourhood.therapist_as_service(opted_out.linked.therapist_id)
    assert therapist["kein_kontakt"] is not None
    assert [one["undone_at"] for one in listed(api)] == [None]
