"""Answers that only who brings the question can find and read.

The table alone says nothing, and with the secret it answers only those who know an address already.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.fernet import Fernet, InvalidToken


class Seal:
    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def question(self, text: str) -> bytes:
        """32 bytes to look a question up by."""
        return self._keyed("question", text)

    def close(self, question: str, answer: dict[str, Any]) -> bytes:
        return self._lock_of(question).encrypt(json.dumps(answer).encode())

    def open(self, question: str, sealed: bytes) -> dict[str, Any] | None:
        """None for what was not sealed here, or is damaged."""
        try:
            answer: dict[str, Any] = json.loads(self._lock_of(question).decrypt(sealed))
        except (InvalidToken, ValueError):
            return None
        return answer

    def _lock_of(self, question: str) -> Fernet:
        return Fernet(urlsafe_b64encode(self._keyed("answer", question)))

    def _keyed(self, purpose: str, text: str) -> bytes:
        # surrogatepass: whatever text a caller sends has a key.
        content = f"{purpose}\0{text}".encode(errors="surrogatepass")
        return hmac.digest(self._secret, content, "sha256")
