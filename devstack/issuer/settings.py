"""What the issuer knows about itself and its clients; it refuses to serve in production."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.ports import SERVICES

STAFF_API = "staff-api"
WEB_CLIENT = "staff-web"  # a browser app: public, proves itself by PKCE
COMMAND_LINE = "make"  # tokens that nobody had to log in for
SERVICE_CLIENTS = tuple(service.replace("_", "-") for service in SERVICES)


class NotForProduction(RuntimeError):
    """Anybody can log in here as anybody: this must not stand on a real system."""


@dataclass(frozen=True)
class Settings:
    issuer_url: str
    key_file: Path
    client_secrets: dict[str, str]  # by client id, such as matching-service


def read_settings(environ: Mapping[str, str]) -> Settings:
    if environ["ENVIRONMENT"] == "production":
        raise NotForProduction("The development issuer does not start with ENVIRONMENT=production.")
    return Settings(
        issuer_url=environ["ISSUER_URL"],
        key_file=Path(environ["ISSUER_KEY_FILE"]),
        client_secrets={
            client: environ[f"{client.replace('-', '_').upper()}_CLIENT_SECRET"]
            for client in SERVICE_CLIENTS
        },
    )
