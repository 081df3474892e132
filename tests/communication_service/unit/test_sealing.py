"""What practices wrote: with which key, and for which row, it opens."""

import base64

import pytest

from communication_service.gateways.sealing import Sealer

KEY, NEW_KEY = (base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2))
WORDS = {"text": "Frau Müller kann am Montag kommen 😔"}


def test_words_open_with_the_key_that_sealed_them_also_when_a_new_one_writes() -> None:
    sealed = Sealer(KEY).seal(WORDS, "row 1")
    assert "Montag" not in sealed
    both = Sealer(NEW_KEY, [KEY])
    assert both.open(sealed, "row 1") == WORDS
    assert Sealer(NEW_KEY).open(both.seal(WORDS, "row 1"), "row 1") == WORDS


@pytest.mark.parametrize(
    ("key", "about"), [(NEW_KEY, "row 1"), (KEY, "row 2")], ids=["another key", "another row"]
)
def test_otherwise_they_stay_closed(key: str, about: str) -> None:
    sealed = Sealer(KEY).seal(WORDS, "row 1")
    with pytest.raises(LookupError):
        Sealer(key).open(sealed, about)


@pytest.mark.parametrize(
    "forged", ["", "no base64 …", "AAAA", base64.b64encode(bytes(40)).decode()]
)
def test_what_was_never_sealed_does_not_open(forged: str) -> None:
    with pytest.raises(LookupError):
        Sealer(KEY).open(forged, "row 1")
