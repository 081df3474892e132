import pytest

from therapist_service.use_cases.contact_data import email_address


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Praxis@Example.org", "praxis@example.org"),
        (" praxis@example.org ", "praxis@example.org"),
        ("mailto:praxis@example.org", "praxis@example.org"),
        ("praxis@müller.example", "praxis@müller.example"),
        ("MAILTO:praxis@example.org", "praxis@example.org"),
        ("praxis@example", None),
        ("praxis@example.org)", None),
        ("praxis@example..org", None),
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
