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
        ("MAIL_PER_MINUTE", "-1"),
        ("MAIL_PER_MINUTE_AND_PROVIDER", "many"),
        ("CALL_OFFICE_HOURS", "12:00-09:00"),
        ("CALL_OFFICE_HOURS", "vormittags"),
        ("MAIL_IN_PORT", "0"),
        ("REPLIES_KEPT_DAYS", "0"),
        ("REPLY_ENCRYPTION_KEY", "too short"),
        ("REPLY_ENCRYPTION_KEY", "c2hvcnQ="),
        ("REPLY_ENCRYPTION_OLD_KEYS", "A" * 43 + "=,c2hvcnQ="),
        ("SMTP_USERNAME", "a name that would travel in the open"),
    ],
)
def test_a_setting_that_cannot_work_stops_the_start_and_is_named(variable: str, text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(Config, {**ENVIRONMENT, variable: text})
    [problem] = refused.value.problems
    assert problem.startswith(f"{variable}: ")


def test_nobody_reads_our_mailbox_unless_it_is_named() -> None:
    config = read(Config, ENVIRONMENT)
    assert (config.mail_in_host, config.mail_in_port, config.mail_in_folder) == ("", 993, "INBOX")


@pytest.mark.parametrize(
    "missing", ["MAIL_IN_USERNAME", "MAIL_IN_PASSWORD", "REPLY_ENCRYPTION_KEY"]
)
def test_a_mailbox_needs_a_login_and_a_key_for_what_is_read(missing: str) -> None:
    complete = {
        "MAIL_IN_HOST": "imap.example",
        "MAIL_IN_USERNAME": "anfragen",
        "MAIL_IN_PASSWORD": "geheim",
        "REPLY_ENCRYPTION_KEY": "A" * 43 + "=",
    }
    read(Config, {**ENVIRONMENT, **complete})
    with pytest.raises(ConfigError) as refused:
        read(Config, {**ENVIRONMENT, **complete, missing: ""})
    [problem] = refused.value.problems
    assert problem.startswith(f"{missing}: ")


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
