"""Email addresses as people write them, in the form in which they can be compared."""

import re

# Deliberately loose: whether an address works is told by the mail server.
_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")


def email_address(written: str | None) -> str | None:
    """None when there is nothing to write to; case is dropped, practices share one mailbox."""
    address = (written or "").strip().removeprefix("mailto:").lower()
    return address if _ADDRESS.fullmatch(address) else None
