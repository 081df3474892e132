"""What the patient service needs: a revision of its schema, and settings from its environment."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from shared.config import CallingServiceConfig, setting, url

_KEY_BYTES = 32


def _field_key(text: str) -> str:
    """32 Byte, base64"""
    try:
        fits = len(base64.urlsafe_b64decode(text)) == _KEY_BYTES
    except ValueError:
        # What Python says to it would be English, and perhaps quote the key.
        fits = False
    if not fits:
        raise ValueError("ist kein Schlüssel von 32 Byte in base64")
    return text


def _older_keys(text: str) -> tuple[tuple[str, str], ...]:
    """Kennung:Schlüssel, durch Komma getrennt, oder nichts"""
    return tuple(_older_key(one.strip()) for one in text.split(",") if one.strip())


def _older_key(text: str) -> tuple[str, str]:
    name, _, key = text.rpartition(":")
    if not name or ":" in name:
        raise ValueError("vor jedem Schlüssel steht seine Kennung und ein Doppelpunkt")
    return name, _field_key(key)


@dataclass(frozen=True)
class Config(CallingServiceConfig):
    needs_schema: ClassVar[str] = "0008_contact_kinds"

    geocoding_service_url: str = setting(
        "GEOCODING_SERVICE_URL", "Adresse des Geocoding-Dienstes", parse=url("http", "https")
    )
    matching_service_url: str = setting(
        "MATCHING_SERVICE_URL", "Adresse des Matching-Dienstes", parse=url("http", "https")
    )
    field_encryption_key: str = setting(
        "FIELD_ENCRYPTION_KEY",
        "Schlüssel für Gesundheitstexte (AES-256-GCM)",
        parse=_field_key,
        secret=True,
    )
    field_encryption_key_id: str = setting(
        "FIELD_ENCRYPTION_KEY_ID", "Kennung dieses Schlüssels", default="k1"
    )
    field_encryption_old_keys: tuple[tuple[str, str], ...] = setting(
        "FIELD_ENCRYPTION_OLD_KEYS",
        "frühere Schlüssel, mit denen noch gelesen wird",
        parse=_older_keys,
        default=(),
        secret=True,
    )

    @staticmethod
    def conflicts(values: Mapping[str, Any]) -> Iterator[str]:
        older = [name for name, _ in values.get("field_encryption_old_keys", ())]
        if len({values.get("field_encryption_key_id"), *older}) <= len(older):
            yield "FIELD_ENCRYPTION_OLD_KEYS: jeder Schlüssel braucht eine eigene Kennung"
