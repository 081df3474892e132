"""What practices write is health data: sealed before it reaches the database (AES-256-GCM)."""

import base64
import json
import secrets
from collections.abc import Iterable, Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Sealer:
    def __init__(self, key: str, older: Iterable[str] = ()) -> None:
        """32 bytes in URL-safe base64; `key` writes, the older ones only read. Raises ValueError
        for anything else."""
        self._ciphers = [AESGCM(base64.urlsafe_b64decode(one)) for one in (key, *older)]

    def seal(self, words: Mapping[str, str], about: str) -> str:
        """Opens only with the same `about`: no row can be given another one's words."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = json.dumps(dict(words)).encode()
        sealed = self._ciphers[0].encrypt(nonce, plain, about.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, about: str) -> dict[str, str]:
        """Raises LookupError where no key, or not what it is about, fits."""
        for cipher in self._ciphers:
            try:
                raw = base64.b64decode(sealed, validate=True)
                plain = cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode())
            except (InvalidTag, ValueError):
                continue
            words: dict[str, str] = json.loads(plain)
            return words
        raise LookupError("no key opens this value")
