"""Mail addresses as people and directories write them: what a mail could go to at all."""

import re

_NOWHERE = r"\s@<>\"(),;:\\"
_ADDRESS = re.compile(rf"[^{_NOWHERE}]+@(?:[^{_NOWHERE}./?\[\]]+\.)+[^{_NOWHERE}./?\[\]]+")


def is_mail_address(text: str) -> bool:
    """True for one bare address. Whether it works is told by the mail server."""
    return _ADDRESS.fullmatch(text) is not None
