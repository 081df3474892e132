"""The secrets of one local stack: generated once, kept in a file that only its owner can read."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from devstack.ports import SERVICES

_MARK = "development"


@dataclass(frozen=True)
class Credentials:
    app_passwords: dict[str, str]  # by service
    client_secrets: dict[str, str]  # by service
    mailbox_key_secret: str
    field_encryption_key: str
    field_encryption_key_id: str
    answer_link_key: str


def credentials_of(stack_folder: Path) -> Credentials:
    """What a stack that is older than one of them lacks is added."""
    file = stack_folder / "secrets.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    complete = asdict(_generate()) | kept
    if complete != kept:
        write_private(file, json.dumps(complete, indent=2))
    return Credentials(**complete)


def write_private(file: Path, text: str) -> None:
    """All or nothing, and never readable by others, not even for a moment."""
    unfinished = file.with_name(file.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
    unfinished.replace(file)


def field_encryption_key(mark: bytes = b"") -> str:
    """32 bytes in base64, beginning with the mark."""
    return base64.urlsafe_b64encode(mark + secrets.token_bytes(32 - len(mark))).decode()


def _generate() -> Credentials:
    """Marked as what they are, so that no service takes them in production."""
    return Credentials(
        app_passwords={service: secrets.token_urlsafe(24) for service in SERVICES},
        client_secrets={service: f"{_MARK}-{secrets.token_urlsafe(32)}" for service in SERVICES},
        mailbox_key_secret=f"{_MARK}-{secrets.token_urlsafe(32)}",
        field_encryption_key=field_encryption_key(_MARK.encode()),
        field_encryption_key_id="local-1",
        answer_link_key=f"{_MARK}-{secrets.token_urlsafe(32)}",
    )
