"""What the patient service reads from its environment."""

from dataclasses import dataclass

from cryptography.fernet import Fernet

from shared.config import CallingServiceConfig, setting, url


def _fernet_key(text: str) -> str:
    Fernet(text)
    return text


@dataclass(frozen=True)
class Config(CallingServiceConfig):
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
