"""Emails and phone numbers as people write them, in the form in which they can be compared."""

import re
from functools import lru_cache

import phonenumbers

# Deliberately loose: whether an address works is told by the mail server.
_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")


def email_address(written: str | None) -> str | None:
    """None when there is nothing to write to; case is dropped, practices share one mailbox."""
    address = (written or "").strip().removeprefix("mailto:").lower()
    return address if _ADDRESS.fullmatch(address) else None


@lru_cache(maxsize=4096)  # parsing is slow, and colleagues share a number
def phone_e164(written: str | None) -> str | None:
    """None when nobody can be called under it; numbers without a country are German."""
    try:
        number = phonenumbers.parse(written or "", "DE")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
