"""What practices write is health data: sealed before it reaches the database (AES-256-GCM)."""

import base64
import json
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Sealer:
    def __init__(self, key: str) -> None:
        """32 bytes in URL-safe base64. Raises ValueError for anything else."""
        self._gcm = AESGCM(base64.urlsafe_b64decode(key))

    def seal(self, words: Mapping[str, str], about: str) -> str:
        """Opens only with the same `about`: no row can be given another one's words."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = json.dumps(dict(words)).encode()
        return base64.b64encode(nonce + self._gcm.encrypt(nonce, plain, about.encode())).decode()

    def open(self, sealed: str, about: str) -> dict[str, str]:
        """Raises LookupError where the key, or what it is about, does not fit."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            plain = self._gcm.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError):
            raise LookupError("this key does not open this value") from None
        words: dict[str, str] = json.loads(plain)
        return words
