import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from communication_service.gateways.message import OutgoingMail, compose
from communication_service.gateways.smtp import (
    Accepted,
    Login,
    MailServer,
    Outcome,
    Unreachable,
    deliver,
)
from tests.communication_service.certificates import shown_by_server, trusted_by_client
from tests.communication_service.integration.hostile_smtp import (
    PASSWORD,
    USERNAME,
    HostileSmtp,
    Postbox,
    listening,
)

LOGIN = Login(USERNAME.decode(), PASSWORD.decode())
MAIL = OutgoingMail(
    message_id="<pv-1.inquiry@platz.example>",
    sender_name="Platzvermittlung",
    sender_address="anfragen@platz.example",
    recipient_name="Praxis",
    recipient_address="praxis@example.org",
    subject="Therapieplatz gesucht [PV-1]",
    body_text="Grüße",
    body_html="<p>Grüße</p>",
)


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    return trusted_by_client(certificate)


@pytest.fixture
def server(certificate: Path, trusting: ssl.SSLContext, postbox: Postbox) -> Iterator[MailServer]:
    offered = shown_by_server(certificate)
    with listening(lambda: HostileSmtp(postbox, tls=offered)) as port:
        yield MailServer("127.0.0.1", port, "platz.example", tls=trusting, login=LOGIN)


def send_to(server: MailServer) -> Outcome:
    return deliver(compose(MAIL, datetime(2026, 12, 1, tzinfo=UTC)), server, lambda: None)


def test_a_mail_goes_out_encrypted_after_a_login(server: MailServer, postbox: Postbox) -> None:
    assert isinstance(send_to(server), Accepted)
    assert len(postbox.heard) == 1


def test_a_wrong_password_is_the_servers_matter_and_not_the_mails(
    server: MailServer, postbox: Postbox
) -> None:
    outcome = send_to(replace(server, login=Login(LOGIN.username, "falsch")))
    assert isinstance(outcome, Unreachable)
    assert outcome.reason.startswith("535 ")
    assert "falsch" not in outcome.reason
    assert postbox.heard == []


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(
    server: MailServer, postbox: Postbox
) -> None:
    assert isinstance(send_to(replace(server, tls=ssl.create_default_context())), Unreachable)
    assert postbox.heard == []


def test_a_server_without_tls_gets_no_mail_where_tls_is_demanded(
    trusting: ssl.SSLContext, postbox: Postbox
) -> None:
    with listening(lambda: HostileSmtp(postbox)) as port:
        plain = MailServer("127.0.0.1", port, "platz.example", tls=trusting)
        assert isinstance(send_to(plain), Unreachable)
    assert postbox.heard == []


def test_a_password_never_travels_in_the_open() -> None:
    with pytest.raises(ValueError, match="TLS"):
        MailServer("127.0.0.1", 25, "platz.example", login=LOGIN)
