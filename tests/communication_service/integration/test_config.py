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
    "MAIL_LEGAL_FOOTER": "Köln",
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
        ("SMTP_STARTTLS", "yes"),
        ("SMTP_USERNAME", "a name that would travel in the open"),
    ],
)
def test_a_setting_that_cannot_work_stops_the_start_and_is_named(variable: str, text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(Config, {**ENVIRONMENT, variable: text})
    [problem] = refused.value.problems
    assert problem.startswith(f"{variable}: ")
