"""python -m devstack.compose_env: the secrets of docker-compose.yml, written into .env

Needs nothing but Python, so that it runs where only Docker is installed.
"""

import secrets
from pathlib import Path

from devstack.credentials import field_encryption_key, write_private
from devstack.ports import SERVICES

_FILE = Path(__file__).parent.parent / ".env"


def main() -> None:
    added = complete(_FILE)
    print(f"{_FILE.name}: {len(added)} secrets written." if added else f"{_FILE.name} is complete.")


def complete(file: Path) -> list[str]:
    """Adds what is missing, changes nothing that is there, and names what it added."""
    before = file.read_text() if file.exists() else ""
    pairs = (line.partition("=") for line in before.splitlines())
    present = {name.removeprefix("export ").strip() for name, _, value in pairs if _says(value)}
    added = {name: value for name, value in _fresh().items() if name not in present}
    lines = "".join(f"{name}={value}\n" for name, value in added.items())
    if added:
        write_private(file, before + "\n" * bool(before and not before.endswith("\n")) + lines)
    return list(added)


def _says(value: str) -> bool:
    return bool(value.strip().strip("'\""))


def _fresh() -> dict[str, str]:
    return {
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        **{f"{service.upper()}_APP_PASSWORD": secrets.token_urlsafe(24) for service in SERVICES},
        **{f"{service.upper()}_CLIENT_SECRET": secrets.token_urlsafe(32) for service in SERVICES},
        "MAILBOX_KEY_SECRET": secrets.token_urlsafe(32),
        "FIELD_ENCRYPTION_KEY": field_encryption_key(),
        "ANSWER_LINK_KEY": secrets.token_urlsafe(32),
    }


if __name__ == "__main__":
    main()
