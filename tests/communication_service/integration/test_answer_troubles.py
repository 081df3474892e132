"""Others are silent, others are faster, or somebody sends what no form would."""

import threading
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from tests.communication_service.integration.answering import (
    ACCEPTED,
    CAPACITY,
    OTHER,
    Practice,
    typed_in,
    words_of,
)
from tests.communication_service.neighbourhood import Neighbourhood

EVERYBODY = {"A": ACCEPTED, "B": CAPACITY, "C": CAPACITY}
JUNK: list[tuple[bytes, str, int]] = [
    (b"", "", 415),
    (b"{}", "application/json", 415),
    (b"outcome_A=accepted", "text/plain", 415),
    (b"--x\r\n", "multipart/form-data; boundary=x", 415),
    (b"\xff\xfe&%zz&=&outcome_A", "application/x-www-form-urlencoded", 422),
    (b"outcome_A=%00&notes_A=%ed%a0%80", "application/x-www-form-urlencoded", 422),
    (b"a=1&" * 5000, "application/x-www-form-urlencoded", 422),
    (b"notes_A=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
    (b"x" * 2_000_000, "application/x-www-form-urlencoded", 413),
]


def test_what_was_typed_is_there_again_when_matching_is_silent_and_nothing_is_half_done(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    before = neighbourhood.bundle(mailed)
    with neighbourhood.matching_answers(503):
        assert practice.look().status_code == 503
        page = practice.answer(EVERYBODY, notes_B="mal sehen", ask_again_from="2027-09-01")

    assert (page.status_code, page.headers["Retry-After"]) == (503, "60")
    assert "Ihre Antwort ist noch nicht gespeichert" in words_of(page)
    assert neighbourhood.bundle(mailed) == before
    assert practice.wishes() == []

    typed = typed_in(page)
    assert (typed["outcome_A"], typed["notes_B"]) == (ACCEPTED, "mal sehen")
    assert practice.answer({}, **typed).status_code == 200
    assert neighbourhood.bundle(mailed)["patients"][1]["outcome_notes"] == "mal sehen"
    assert [kind for kind, _ in practice.wishes()] == ["later"]


@pytest.mark.parametrize("fault", [500, 502])
def test_a_neighbour_that_breaks_is_answered_like_a_silent_one(
    practice: Practice, neighbourhood: Neighbourhood, fault: int
) -> None:
    with neighbourhood.matching_answers(fault):
        assert practice.look().status_code == 503
        assert practice.answer(EVERYBODY).status_code == 503
    with neighbourhood.therapists_answer(fault):
        page = practice.answer(EVERYBODY)
    assert page.status_code == 503
    assert typed_in(page)["outcome_B"] == CAPACITY


def test_who_answers_a_moment_after_the_staff_is_told_so_kindly(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    neighbourhood.just_before("PUT", "/response", lambda: neighbourhood.answer(mailed, OTHER))
    page = practice.answer(EVERYBODY, ask_again_from="2027-09-01")

    assert page.status_code == 409
    assert "Ihre Antwort liegt uns schon vor" in words_of(page)
    assert words_of(page).count("Absage: anderer Grund") == 3
    assert {row["outcome"] for row in neighbourhood.bundle(mailed)["patients"]} == {OTHER}
    assert practice.wishes() == []


def test_somebody_who_leaves_in_the_very_moment_becomes_a_conflict_and_no_error(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    first = neighbourhood.searches_in(mailed)[0]
    neighbourhood.just_before("PUT", "/response", lambda: neighbourhood.pause(first))
    page = practice.answer(EVERYBODY)

    assert page.status_code == 200
    assert "melden wir uns bei Ihnen" in words_of(page)
    row = neighbourhood.bundle(mailed)["patients"][0]
    assert (row["status"], row["outcome"]) == ("conflict", ACCEPTED)


def test_of_two_answers_at_once_the_first_is_kept_and_both_hear_which(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    answers = [EVERYBODY, {"A": CAPACITY, "B": ACCEPTED, "C": CAPACITY}]
    start, statuses = threading.Barrier(2), dict[int, int]()

    def send(number: int) -> None:
        start.wait(10)
        statuses[number] = practice.answer(answers[number]).status_code

    threads = [threading.Thread(target=send, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(statuses.values()) == [200, 409]
    (winner,) = (number for number, status in statuses.items() if status == 200)
    stored = [row["outcome"] for row in neighbourhood.bundle(mailed)["patients"]]
    assert stored == list(answers[winner].values())


def test_no_content_breaks_the_page(
    practice: Practice, neighbourhood: Neighbourhood, mailed: int
) -> None:
    answers = [practice.send(content, kind) for content, kind, _ in JUNK]

    assert [answer.status_code for answer in answers] == [status for _, _, status in JUNK]
    assert {answer.mimetype for answer in answers} == {"text/html"}
    assert [answer for answer in answers if "Content-Security-Policy" not in answer.headers] == []
    assert practice.method("PUT") == (405, "text/html")
    assert neighbourhood.bundle(mailed)["state"] == "sent"


def test_who_comes_too_often_waits_and_nobody_else_does(practice: Practice) -> None:
    statuses = [practice.look(practice.opt_out_path()).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]

    page = practice.look(practice.opt_out_path())
    assert "Zu viele Aufrufe" in words_of(page)
    assert 1 <= int(page.headers["Retry-After"]) <= 60
    other = replace(practice.linked, bundle_id=practice.linked.bundle_id + 1)
    assert practice.at(other).look(practice.at(other).opt_out_path()).status_code == 200


def test_guessing_links_is_limited_by_address(practice: Practice) -> None:
    def guess(seen_by_gateway: str) -> int:
        headers = {"X-Forwarded-For": seen_by_gateway}
        return practice.look(f"/answer/{urlencode({'a': 1})}", headers).status_code

    assert {guess("6.6.6.6, 192.0.2.1") for _ in range(120)} == {404}
    assert guess("7.7.7.7, 192.0.2.1") == 429
    assert guess("192.0.2.2") == 404
