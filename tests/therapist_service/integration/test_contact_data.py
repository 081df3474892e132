import pytest

from therapist_service.use_cases.contact_data import email_address, phone_e164


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Praxis@Example.org", "praxis@example.org"),
        (" praxis@example.org ", "praxis@example.org"),
        ("mailto:praxis@example.org", "praxis@example.org"),
        ("praxis@müller.example", "praxis@müller.example"),
        ("praxis@example", None),
        ("a@example.org, b@example.org", None),
        ("auf Anfrage", None),
        ("", None),
        (None, None),
    ],
)
def test_an_email_is_compared_without_case_or_is_none(
    written: str | None, address: str | None
) -> None:
    assert email_address(written) == address


@pytest.mark.parametrize(
    "written", ["0221 4710123", "+49 221 4710-123", "(0221) 4710 123", "0049 221/4710123"]
)
def test_every_spelling_of_a_number_is_one_number(written: str) -> None:
    assert phone_e164(written) == "+492214710123"


@pytest.mark.parametrize("written", ["", None, "keine", "0", "123", "0221 4710123 4567890123"])
def test_what_cannot_be_called_is_no_number(written: str | None) -> None:
    assert phone_e164(written) is None
