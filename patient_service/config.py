"""What the patient service needs: a revision of its schema, and settings from its environment."""

from dataclasses import dataclass
from typing import ClassVar

from cryptography.fernet import Fernet

from shared.config import CallingServiceConfig, setting, url


def _fernet_key(text: str) -> str:
    """32 Byte, base64"""
    try:
        Fernet(text)
    except ValueError:
        # What Python says to it would be English, and perhaps quote the key.
        raise ValueError("ist kein Fernet-Schlüssel") from None
    return text


@dataclass(frozen=True)
class Config(CallingServiceConfig):
    needs_schema: ClassVar[str] = "0007_likely_duplicates"

    geocoding_service_url: str = setting(
        "GEOCODING_SERVICE_URL", "Adresse des Geocoding-Dienstes", parse=url("http", "https")
    )
    matching_service_url: str = setting(
        "MATCHING_SERVICE_URL", "Adresse des Matching-Dienstes", parse=url("http", "https")
    )
    field_encryption_key: str = setting(
        "FIELD_ENCRYPTION_KEY",
        "Fernet-Schlüssel für Gesundheitstexte",
        parse=_fernet_key,
        secret=True,
    )
    field_encryption_key_id: str = setting(
        "FIELD_ENCRYPTION_KEY_ID", "Kennung dieses Schlüssels", default="k1"
    )
