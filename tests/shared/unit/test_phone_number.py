import pytest

from shared.contracts.phone_number import e164


@pytest.mark.parametrize(
    "written", ["0221 4710123", "+49 221 4710-123", "(0221) 4710 123", "0049 221/4710123"]
)
def test_every_spelling_of_a_number_is_one_number(written: str) -> None:
    assert e164(written) == "+492214710123"


@pytest.mark.parametrize("written", ["", None, "keine", "0", "123", "0221 4710123 4567890123"])
def test_what_cannot_be_called_is_no_number(written: str | None) -> None:
    assert e164(written) is None
