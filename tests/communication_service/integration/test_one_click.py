"""Whoever did not ask for our mail is left in peace by one click of the mail program (RFC 8058)."""

from typing import Any

import pytest

from communication_service.config import Config
from communication_service.domain.purposes import Purpose
from tests.communication_service.integration.answering import Practice
from tests.communication_service.integration.hostile_smtp import Postbox
from tests.communication_service.integration.mails import arrived
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker


@pytest.fixture
def path(practice: Practice, postbox: Postbox, config: Config) -> str:
    """What the inquiry's mail names."""
    assert practice
    [inquiry] = arrived(postbox, Purpose.INQUIRY)
    assert inquiry["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(inquiry["List-Unsubscribe"])
    assert (link[0], link[-1]) == ("<", ">")
    return link[1:-1].removeprefix(config.public_url)


@pytest.mark.parametrize(
    "clicked",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {
            "data": b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
            b"One-Click\r\n--b--\r\n",
            "content_type": "multipart/form-data; boundary=b",
        },
    ],
)
def test_one_click_is_enough(practice: Practice, path: str, clicked: dict[str, Any]) -> None:
    assert practice.click_at(path, **clicked) == 200
    assert practice.wishes() == [("opt_out", None)]


def test_a_scanner_that_follows_the_link_changes_nothing(practice: Practice, path: str) -> None:
    assert [practice.look(path).status_code, practice.head(path).status_code] == [200, 200]
    assert practice.wishes() == []


def test_what_answers_a_practice_needs_no_way_out(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    practice: Practice,
    postbox: Postbox,
) -> None:
    neighbourhood.answer(practice.linked.bundle_id, "accepted")
    worker.hear()
    worker.work_off(rounds=2)

    [confirmation] = arrived(postbox, Purpose.CONFIRMATION)
    assert confirmation["List-Unsubscribe"] is None
    assert confirmation["Auto-Submitted"] == "auto-generated"
