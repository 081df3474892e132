"""Which environment variables each program of the local stack gets: the one table."""

from devstack.ports import SERVICES, STREAM
from devstack.stack import CHECKOUT, Stack

DATABASE = "psychotherapy_matching"
_LEGAL_LINES = {
    "MAIL_LEGAL_NAME": "Entwicklungssystem der Psychotherapie-Vermittlung",
    "MAIL_LEGAL_ADDRESS": "Diese Nachricht hat das Haus nie verlassen.",
    "MAIL_LEGAL_REGISTER": "Ohne Registereintrag und Aufsicht.",
}


def environment_of(stack: Stack, service: str) -> dict[str, str]:
    """What the web process and the worker of a service read; each has a port of its own."""
    return _for_every_service(stack, service) | _of_its_own(stack, service)


def stream_environment(stack: Stack) -> dict[str, str]:
    return environment_of(stack, "matching_service") | {"PORT": str(stack.ports[STREAM])}


def _for_every_service(stack: Stack, service: str) -> dict[str, str]:
    return {
        "ENVIRONMENT": "development",
        "DATABASE_URL": _database_url(stack, service),
        "EVENT_TRANSPORT": stack.carrier.transport,
        "KAFKA_BOOTSTRAP_SERVERS": stack.kafka_servers,
        "OIDC_ISSUER": stack.url("issuer"),
        "OIDC_JWKS_URL": f"{stack.url('issuer')}/jwks",
        "OIDC_AUDIENCE": "staff-api",
        "LOG_LEVEL": "INFO",
        "PORT": str(stack.ports[service]),
        "WORKER_PORT": str(stack.ports[f"{service}_worker"]),
    }


def _of_its_own(stack: Stack, service: str) -> dict[str, str]:
    return {
        "patient_service": {
            **_calls(stack, service, "geocoding_service", "matching_service"),
            "FIELD_ENCRYPTION_KEY": stack.credentials.field_encryption_key,
            "FIELD_ENCRYPTION_KEY_ID": stack.credentials.field_encryption_key_id,
        },
        "therapist_service": {
            **_calls(stack, service, "geocoding_service", "matching_service"),
            "MAILBOX_KEY_SECRET": stack.credentials.mailbox_key_secret,
            "SCRAPER_FOLDER": str(stack.scraper_folder),
        },
        "matching_service": {
            **_calls(stack, service, "patient_service", "therapist_service", "geocoding_service"),
            "RECALL_SECONDS": "0",  # nobody waits half a minute for the story to go on
        },
        "communication_service": {
            **_calls(stack, service, "patient_service", "therapist_service", "matching_service"),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(stack.ports["mail_sink"]),
            # The sink takes whatever comes; nobody waits for a demo's mails.
            "MAIL_PER_MINUTE": "0",
            "MAIL_PER_MINUTE_AND_PROVIDER": "0",
            "MAIL_SENDER_ADDRESS": "vermittlung@platzsuche.example",
            "MAIL_SENDER_NAME": "Psychotherapie-Vermittlung",
            **_LEGAL_LINES,
            "PUBLIC_URL": stack.url("gateway"),
            "ANSWER_LINK_KEY": stack.credentials.answer_link_key,
        },
        "geocoding_service": {},
    }[service]


def _calls(stack: Stack, service: str, *callees: str) -> dict[str, str]:
    """What a service needs to call others: its own credentials and their addresses."""
    return {
        "OIDC_TOKEN_URL": f"{stack.url('issuer')}/token",
        "SERVICE_CLIENT_SECRET": stack.credentials.client_secrets[service],
        **{f"{callee.upper()}_URL": stack.url(callee) for callee in callees},
    }


def _database_url(stack: Stack, service: str) -> str:
    password = stack.credentials.app_passwords[service]
    address = f"127.0.0.1:{stack.ports['postgres']}"
    return f"postgresql+psycopg2://{service}_app:{password}@{address}/{DATABASE}"


def migration_environment(stack: Stack, admin_url: str) -> dict[str, str]:
    passwords = stack.credentials.app_passwords
    return {"ADMIN_DATABASE_URL": admin_url} | {
        f"{service.upper()}_APP_PASSWORD": passwords[service] for service in SERVICES
    }


def issuer_environment(stack: Stack) -> dict[str, str]:
    secrets = stack.credentials.client_secrets
    return {
        "ENVIRONMENT": "development",
        "ISSUER_URL": stack.url("issuer"),
        "ISSUER_KEY_FILE": str(stack.issuer_key_file),
    } | {f"{service.upper()}_CLIENT_SECRET": secrets[service] for service in SERVICES}


def gateway_environment(stack: Stack) -> dict[str, str]:
    upstreams = {
        f"{program.upper()}_UPSTREAM": f"127.0.0.1:{stack.ports[program]}"
        for program in (*SERVICES, STREAM)
    }
    return {
        "GATEWAY_PORT": str(stack.ports["gateway"]),
        "GATEWAY_BIND": "127.0.0.1",
        "XDG_DATA_HOME": str(stack.folder / "gateway"),
        "XDG_CONFIG_HOME": str(stack.folder / "gateway"),
        **upstreams,
    }


def common_environment() -> dict[str, str]:
    """Replaces what the shell has set: a stray DATABASE_URL or proxy must not reach a service."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(CHECKOUT),
    }
