"""Health text in the database: who can read it, and what a wrong key says."""

import base64

import pytest
from cryptography.fernet import Fernet

from patient_service.storage.encrypted_text import KeyRing

KEY, OTHER_KEY = (base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2))
TEXT = "Schläft seit Monaten schlecht 😔"


def ring(**keys: str) -> KeyRing:
    """The first one writes."""
    filled = KeyRing()
    (key_id, key), *older = keys.items()
    filled.load(key_id, key, older)
    return filled


def test_sealed_text_opens_to_the_same_text_and_shows_nothing_of_it() -> None:
    sealed = ring(k1=KEY).seal(TEXT)
    assert "Monaten" not in sealed
    assert ring(k1=KEY).open(sealed) == TEXT


def test_the_same_text_never_looks_the_same_twice() -> None:
    keys = ring(k1=KEY)
    assert keys.seal(TEXT) != keys.seal(TEXT)


def test_the_first_key_writes_and_all_of_them_read() -> None:
    old = ring(k1=KEY).seal(TEXT)
    both = ring(k2=OTHER_KEY, k1=KEY)
    assert both.seal(TEXT).startswith("k2:")
    assert both.open(old) == TEXT


def test_what_fernet_sealed_before_is_still_read() -> None:
    assert ring(k1=KEY).open(f"k1:{Fernet(KEY).encrypt(TEXT.encode()).decode()}") == TEXT


def test_a_key_that_does_not_fit_opens_nothing() -> None:
    for sealed in (ring(k1=OTHER_KEY).seal(TEXT), f"k1:{Fernet(OTHER_KEY).encrypt(b'x').decode()}"):
        with pytest.raises(LookupError):
            ring(k1=KEY).open(sealed)


def test_a_value_that_was_tampered_with_does_not_open() -> None:
    key_id, scheme, token = ring(k1=KEY).seal(TEXT).split(":")
    raw = bytearray(base64.b64decode(token))
    raw[-1] ^= 1
    for forged in (base64.b64encode(raw).decode(), token[:20], "", "no base64 …"):
        with pytest.raises(LookupError):
            ring(k1=KEY).open(f"{key_id}:{scheme}:{forged}")


def test_a_key_without_a_name_here_opens_nothing() -> None:
    with pytest.raises(LookupError):
        ring(k2=OTHER_KEY).open(ring(k1=KEY).seal(TEXT))


@pytest.mark.parametrize(
    "key", ["", "kurz", "x" * 43, base64.urlsafe_b64encode(b"24" * 12).decode()]
)
def test_a_key_has_thirty_two_bytes(key: str) -> None:
    with pytest.raises(ValueError):
        KeyRing().load("k1", key)
