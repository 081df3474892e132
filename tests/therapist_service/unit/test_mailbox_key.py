import hashlib
import hmac

from therapist_service.domain.mailbox_key import mailbox_key

SECRET = b"a secret of the test"


def _hmac(channel: str) -> str:
    return hmac.new(SECRET, channel.encode(), hashlib.sha256).hexdigest()


def test_the_email_comes_first() -> None:
    key = mailbox_key(SECRET, 7, email="praxis@example.org", phone_e164="+492214710123")
    assert key == _hmac("praxis@example.org")


def test_without_an_email_the_phone_is_the_mailbox() -> None:
    key = mailbox_key(SECRET, 7, email=None, phone_e164="+492214710123")
    assert key == _hmac("+492214710123")


def test_without_any_channel_a_therapist_stands_alone() -> None:
    key = mailbox_key(SECRET, 7, email=None, phone_e164=None)
    assert key == _hmac("therapist:7")


def test_colleagues_with_one_address_share_the_mailbox() -> None:
    keys = {
        mailbox_key(SECRET, id_, email="praxis@example.org", phone_e164=None) for id_ in (1, 2, 3)
    }
    assert len(keys) == 1


def test_another_secret_gives_another_key() -> None:
    ours = mailbox_key(SECRET, 1, email="praxis@example.org", phone_e164=None)
    assert mailbox_key(b"another", 1, email="praxis@example.org", phone_e164=None) != ours
