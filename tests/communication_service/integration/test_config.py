import pytest

from communication_service.config import Config
from shared.config import ConfigError, read

ENVIRONMENT = {
    "ENVIRONMENT": "test",
    "DATABASE_URL": "postgresql+psycopg2://localhost/x",
    "OIDC_ISSUER": "http://issuer.example",
    "OIDC_JWKS_URL": "http://issuer.example/jwks",
    "OIDC_TOKEN_URL": "http://issuer.example/token",
    "SERVICE_CLIENT_SECRET": "only-for-tests",
    "PATIENT_SERVICE_URL": "http://patient.example",
    "THERAPIST_SERVICE_URL": "http://therapist.example",
    "MATCHING_SERVICE_URL": "http://matching.example",
    "SMTP_HOST": "mail.example",
    "SMTP_PORT": "25",
    "MAIL_SENDER_ADDRESS": "anfragen@platz.example",
    "MAIL_SENDER_NAME": "Platzvermittlung",
    "MAIL_LEGAL_NAME": "Platzvermittlung GmbH",
    "MAIL_LEGAL_ADDRESS": "Domstraße 1, 50667 Köln",
    "MAIL_LEGAL_REGISTER": "Amtsgericht Köln, HRB 1",
    "PUBLIC_URL": "https://platz.example",
    "ANSWER_LINK_KEY": "only-for-tests",
}


def test_phone_encryption_and_login_may_be_left_out() -> None:
    config = read(Config, ENVIRONMENT)
    assert (config.mail_sender_phone, config.smtp_starttls, config.smtp_username) == ("", False, "")


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("MAIL_SENDER_ADDRESS", "platz.example"),
        ("MAIL_SENDER_ADDRESS", "anfragen @platz.example"),
        ("SMTP_PORT", "0"),
        ("MAIL_STAFF_ADDRESS", "team"),
        ("CONFIRMATION_DELAY_MINUTES", "-1"),
        ("SMTP_STARTTLS", "yes"),
        ("CALL_LINES", "0"),
        ("CALL_OFFICE_HOURS", "12:00-09:00"),
        ("CALL_OFFICE_HOURS", "vormittags"),
        ("SMTP_USERNAME", "a name that would travel in the open"),
    ],
)
def test_a_setting_that_cannot_work_stops_the_start_and_is_named(variable: str, text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(Config, {**ENVIRONMENT, variable: text})
    [problem] = refused.value.problems
    assert problem.startswith(f"{variable}: ")


@pytest.mark.parametrize(
    "variable",
    ["MAIL_SENDER_NAME", "MAIL_LEGAL_NAME", "MAIL_LEGAL_ADDRESS", "MAIL_LEGAL_REGISTER"],
)
@pytest.mark.parametrize("environment", ["production", "test"])
def test_no_letter_is_written_without_saying_who_answers_for_it(
    variable: str, environment: str
) -> None:
    secret = "s" * 40
    given = {**ENVIRONMENT, "ENVIRONMENT": environment, "SERVICE_CLIENT_SECRET": secret}
    given["ANSWER_LINK_KEY"] = secret
    with pytest.raises(ConfigError) as refused:
        read(Config, {**given, variable: ""})
    [problem] = refused.value.problems
    assert problem.startswith(f"{variable}: fehlt")
