import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from communication_service.gateways.message import OutgoingMail, compose, message_id
from communication_service.gateways.smtp import (
    Accepted,
    MailServer,
    Outcome,
    Rejected,
    Unknown,
    Unreachable,
    deliver,
)
from tests.communication_service.integration.hostile_smtp import (
    HostileSmtp,
    Mischief,
    Postbox,
    Step,
    listening,
)

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
PATIENCE = 0.4

Listen = Callable[..., MailServer]


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def listen(postbox: Postbox) -> Iterator[Listen]:
    with ExitStack() as servers:

        def start(step: Step | None = None, reply: str | Mischief = "") -> MailServer:
            server = listening(lambda: HostileSmtp(postbox, step, reply))
            port = servers.enter_context(server)
            return MailServer(
                "127.0.0.1",
                port,
                "platz.example",
                step_seconds=PATIENCE,
                dialogue_seconds=2 * PATIENCE,
            )

        yield start


def message(body_text: str = "Grüße\n.\n..\n") -> EmailMessage:
    return compose(
        OutgoingMail(
            message_id=message_id(4711, "inquiry", "platz.example"),
            sender_name="Platzvermittlung",
            sender_address="anfragen@platz.example",
            recipient_name="Praxis Müller",
            recipient_address="info@praxis-müller.example",
            subject="Therapieplätze für drei Personen gesucht [PV-4711]",
            body_text=body_text,
            body_html="<p>Grüße</p>\n",
        ),
        NOW,
    )


def deliver_noting(server: MailServer) -> tuple[Outcome, int]:
    """The outcome, and how often the hand-over was announced."""
    announced: list[None] = []
    outcome = deliver(message(), server, lambda: announced.append(None))
    return outcome, len(announced)


def test_a_mail_arrives_once_and_whole(listen: Listen, postbox: Postbox) -> None:
    outcome, announced = deliver_noting(listen())
    assert outcome == Accepted("250 2.0.0 Ok: queued as 4711")
    assert announced == 1
    [envelope] = postbox.heard
    assert envelope.mail_from == "anfragen@platz.example"
    assert envelope.rcpt_tos == ["info@xn--praxis-mller-klb.example"]
    assert isinstance(envelope.content, bytes)
    received = message_from_bytes(envelope.content, policy=SMTP)
    assert received["Message-ID"] == "<pv-4711.inquiry@platz.example>"
    text = next(received.iter_parts()).get_content()
    assert text.replace("\r\n", "\n") == "Grüße\n.\n..\n"


BEFORE_THE_MAIL = [Step.GREETING, Step.EHLO]
ABOUT_THE_MAIL = [Step.MAIL, Step.RCPT, Step.DATA]
DEAD_ENDS = [Mischief.DROP, Mischief.HANG, Mischief.DRIP, "what?", "999 what?"]


@pytest.mark.parametrize("step", [Step.GREETING, Step.EHLO, *ABOUT_THE_MAIL, Step.END])
def test_a_slow_server_is_waited_for(listen: Listen, postbox: Postbox, step: Step) -> None:
    outcome, announced = deliver_noting(listen(step, Mischief.LATE))
    assert isinstance(outcome, Accepted)
    assert (announced, len(postbox.heard)) == (1, 1)


@pytest.mark.parametrize("reply", ["421 4.3.2 Closing", "554 5.3.2 No service", *DEAD_ENDS])
@pytest.mark.parametrize("step", BEFORE_THE_MAIL)
def test_a_server_that_will_not_talk_says_nothing_about_the_mail(
    listen: Listen, postbox: Postbox, step: Step, reply: str | Mischief
) -> None:
    outcome, announced = deliver_noting(listen(step, reply))
    assert isinstance(outcome, Unreachable)
    assert outcome.reason
    assert (announced, postbox.heard) == (0, [])


@pytest.mark.parametrize("reply", DEAD_ENDS)
@pytest.mark.parametrize("step", ABOUT_THE_MAIL)
def test_a_dialogue_that_breaks_before_the_text_handed_nothing_over(
    listen: Listen, postbox: Postbox, step: Step, reply: str | Mischief
) -> None:
    outcome, announced = deliver_noting(listen(step, reply))
    assert isinstance(outcome, Unreachable)
    assert (announced, postbox.heard) == (0, [])


@pytest.mark.parametrize(
    ("reply", "rejected"),
    [
        ("450 4.2.0 Greylisted", Rejected(450, "450 4.2.0 Greylisted", permanent=False)),
        ("550 5.1.1 No such user", Rejected(550, "550 5.1.1 No such user", permanent=True)),
    ],
)
@pytest.mark.parametrize(
    ("step", "handed_over"),
    [(Step.MAIL, 0), (Step.RCPT, 0), (Step.DATA, 0), (Step.END, 1)],
)
def test_an_explicit_refusal_is_an_answer_at_any_step(
    listen: Listen, step: Step, handed_over: int, reply: str, rejected: Rejected
) -> None:
    assert deliver_noting(listen(step, reply)) == (rejected, handed_over)


@pytest.mark.parametrize("reply", [*DEAD_ENDS, "354 go on"])
def test_without_a_usable_reply_to_the_end_of_data_the_outcome_is_unknown(
    listen: Listen, postbox: Postbox, reply: str | Mischief
) -> None:
    outcome, announced = deliver_noting(listen(Step.END, reply))
    assert isinstance(outcome, Unknown)
    assert outcome.evidence
    assert (announced, len(postbox.heard)) == (1, 1)


def test_a_server_that_drips_bytes_cannot_hold_a_dialogue_open(listen: Listen) -> None:
    server = listen(Step.END, Mischief.DRIP)
    begun = time.monotonic()
    deliver_noting(server)
    assert server.dialogue_seconds <= time.monotonic() - begun < 5 * server.dialogue_seconds


def test_a_connection_lost_after_the_announcement_is_unknown(
    listen: Listen, postbox: Postbox
) -> None:
    def wait_for_the_drop() -> None:
        assert postbox.dropped.wait(PATIENCE)

    outcome = deliver(message(), listen(Step.TEXT, Mischief.DROP), wait_for_the_drop)
    assert isinstance(outcome, Unknown)


def test_a_server_that_stops_reading_the_text_was_handed_nothing(listen: Listen) -> None:
    announced: list[None] = []
    server = listen(Step.TEXT, Mischief.HANG)
    long_message = message()
    long_message.add_attachment(bytes(12_000_000), "application", "octet-stream")
    outcome = deliver(long_message, server, lambda: announced.append(None))
    assert isinstance(outcome, Unreachable)
    assert announced == []


def test_the_hand_over_is_announced_before_the_server_can_have_the_mail(
    listen: Listen, postbox: Postbox
) -> None:
    heard_at_announcement: list[int] = []
    deliver(message(), listen(), lambda: heard_at_announcement.append(len(postbox.heard)))
    assert heard_at_announcement == [0]


def test_a_failed_commit_of_the_hand_over_sends_nothing(listen: Listen, postbox: Postbox) -> None:
    def lost_claim() -> None:
        raise LookupError("somebody else has this mail")

    server = listen()
    with pytest.raises(LookupError):
        deliver(message(), server, lost_claim)
    assert isinstance(deliver(message(), server, lambda: None), Accepted)
    assert len(postbox.heard) == 1


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    with socket.socket() as bound_but_deaf:
        bound_but_deaf.bind(("127.0.0.1", 0))
        server = MailServer("127.0.0.1", bound_but_deaf.getsockname()[1], "platz.example")
        assert isinstance(deliver(message(), server, lambda: None), Unreachable)
