"""The platform on real parts: the story of `make demo`, told twice, and the end of a stack."""

import io

import pytest
from rich.console import Console

from devstack.ports import SERVICES, is_free
from devstack.processes import started_at
from devstack.region import KOELN_AACHEN
from devstack.stack import Stack
from devstack.story import Facts, stage_of, tell_story
from devstack.upkeep import rebuild, replay, services_named


@pytest.fixture(scope="module")
def facts(stack: Stack, console: Console) -> Facts:
    return tell_story(stage_of(stack), KOELN_AACHEN, console)


def test_practices_are_asked_and_their_answers_differ(facts: Facts) -> None:
    assert facts.inquiries >= 20
    assert set(facts.responses) == {"accepted", "partial", "rejected"}
    assert facts.open_inquiries >= 1


def test_every_inquiry_by_mail_is_one_mail_and_no_mailbox_gets_two(facts: Facts) -> None:
    assert facts.mails == facts.inquiries_by_mail
    assert facts.contacted_twice == ()


def test_a_patient_goes_from_search_to_therapy(facts: Facts) -> None:
    assert facts.moves == ("active", "in_sessions", "successful")
    assert facts.successful["first_meeting_on"] < facts.successful["therapy_starts_on"]


def test_the_next_wave_leaves_out_a_whole_practice_that_has_answered(facts: Facts) -> None:
    assert len(facts.skipped_when_asked_again) > 1
    assert {reason for _, reason in facts.skipped_when_asked_again} == {"cooling"}


def test_told_again_the_story_doubles_nothing(facts: Facts, stack: Stack, console: Console) -> None:
    assert tell_story(stage_of(stack), KOELN_AACHEN, console) == facts


def test_a_replay_asks_every_service_and_finds_nothing_parked(stack: Stack, facts: Facts) -> None:
    console = Console(file=io.StringIO())

    replay(stack, SERVICES, console)

    assert console.file.getvalue().splitlines() == [  # type: ignore[attr-defined]
        f"{service}: 0 keys parked, 0 events are tried again now." for service in SERVICES
    ]


def test_copies_are_rebuilt_beside_a_running_worker(
    stack: Stack, facts: Facts, console: Console, capfd: pytest.CaptureFixture[str]
) -> None:
    rebuild(stack, services_named("matching"))

    assert capfd.readouterr().out.splitlines()[-1] == "Copies are rebuilt."
    assert tell_story(stage_of(stack), KOELN_AACHEN, console) == facts


def test_down_leaves_no_process_and_no_open_port(
    stack: Stack, processes_before_down: dict[int, str | None]
) -> None:
    left = [pid for pid, since in processes_before_down.items() if started_at(pid) == since]
    assert len(processes_before_down) > len(stack.ports)
    assert left == []
    assert [program for program, port in stack.ports.items() if not is_free(port)] == []
