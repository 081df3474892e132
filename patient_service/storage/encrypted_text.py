"""Free text about somebody's health is encrypted before it reaches the database."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Dialect, Text, TypeDecorator


class KeyRing:
    """Keys by id. The first one given writes; all of them read, so that keys can be changed."""

    def __init__(self) -> None:
        self._keys: dict[str, Fernet] = {}
        self._writing = ""

    def load(self, key_id: str, key: str) -> None:
        """Raises ValueError for anything but a Fernet key."""
        self._keys[key_id] = Fernet(key)
        self._writing = self._writing or key_id

    def seal(self, text: str) -> str:
        return f"{self._writing}:{self._keys[self._writing].encrypt(text.encode()).decode()}"

    def open(self, sealed: str) -> str:
        """Raises LookupError when the key is unknown or does not fit."""
        key_id, _, token = sealed.partition(":")
        try:
            return self._keys[key_id].decrypt(token.encode()).decode()
        except InvalidToken:
            raise LookupError(f"key {key_id} does not open this value") from None


key_ring = KeyRing()


class EncryptedText(TypeDecorator[str]):
    """Text in Python, `<key id>:<token>` in the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else key_ring.seal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else key_ring.open(value)
