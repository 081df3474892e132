"""Free text about somebody's health is encrypted before it reaches the database."""

import base64
import binascii
import secrets
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, Text, TypeDecorator

_SCHEME = "A256GCM"
_NONCE_BYTES = 12


class Key:
    """Writes AES-256-GCM, a sixth of Fernet's work, and reads what Fernet wrote before."""

    def __init__(self, text: str) -> None:
        """32 bytes in URL-safe base64. Raises ValueError for anything else."""
        self._fernet = Fernet(text)
        self._gcm = AESGCM(base64.urlsafe_b64decode(text))

    def seal(self, text: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._gcm.encrypt(nonce, text.encode(), None)
        return f"{_SCHEME}:{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str) -> str:
        """Raises LookupError when the key does not fit."""
        scheme, _, token = sealed.rpartition(":")
        try:
            return (self._opened(token) if scheme else self._fernet.decrypt(sealed)).decode()
        except (InvalidTag, InvalidToken, binascii.Error, ValueError):
            raise LookupError("this key does not open this value") from None

    def _opened(self, token: str) -> bytes:
        raw = base64.b64decode(token, validate=True)
        return self._gcm.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None)


class KeyRing:
    """Keys by id. One writes; all of them read, so that keys can be changed."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}
        self._writing = ""

    def load(self, key_id: str, key: str, older: Iterable[tuple[str, str]] = ()) -> None:
        """The one that writes, and others by id that only read. Raises ValueError for anything
        but 32 bytes in base64."""
        self._keys = {one: Key(text) for one, text in (*older, (key_id, key))}
        self._writing = key_id

    def seal(self, text: str) -> str:
        return f"{self._writing}:{self._keys[self._writing].seal(text)}"

    def open(self, sealed: str) -> str:
        """Raises LookupError when the key is unknown or does not fit."""
        key_id, _, rest = sealed.partition(":")
        return self._keys[key_id].open(rest)


key_ring = KeyRing()


class EncryptedText(TypeDecorator[str]):
    """Text in Python, `<key id>:<scheme>:<token>` in the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else key_ring.seal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else key_ring.open(value)
