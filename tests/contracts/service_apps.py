"""Every service's web process in this process, configured from one environment."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask

from shared.config import read
from tests.issuer import Issuer

_NOBODY = "http://127.0.0.1:9"


def create_app(
    service: str,
    database_url: str,
    issuer: Issuer,
    folder: Path,
    changes: Mapping[str, str] = MappingProxyType({}),
) -> Flask:
    """Neighbours are out of reach unless `changes` says otherwise. TESTING stays off, as in
    production."""
    config = importlib.import_module(f"{service}.config").Config
    environment = _environment(database_url, issuer.settings, folder)
    settings = read(config, {**environment, **changes})
    app: Flask = importlib.import_module(f"{service}.app").create_app(settings)
    return app


def _environment(database_url: str, oidc: dict[str, Any], folder: Path) -> dict[str, str]:
    return {
        "ENVIRONMENT": "test",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": database_url,
        **{name.upper(): str(value) for name, value in oidc.items()},
        "PATIENT_SERVICE_URL": _NOBODY,
        "THERAPIST_SERVICE_URL": _NOBODY,
        "MATCHING_SERVICE_URL": _NOBODY,
        "GEOCODING_SERVICE_URL": _NOBODY,
        "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
        "MAILBOX_KEY_SECRET": "only-for-tests",
        "SCRAPER_FOLDER": str(folder),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "9",
        "MAIL_SENDER_ADDRESS": "vermittlung@example.org",
        "MAIL_SENDER_NAME": "Vermittlung",
        "MAIL_LEGAL_NAME": "Vermittlung GmbH",
        "MAIL_LEGAL_ADDRESS": "Domstraße 1, 50667 Köln",
        "MAIL_LEGAL_REGISTER": "HRB 1",
        "PUBLIC_URL": "https://platz.example",
        "ANSWER_LINK_KEY": "only-for-tests",
    }
