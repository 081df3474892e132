"""Phone numbers as people write them, in the form in which they can be compared and called."""

from functools import lru_cache

import phonenumbers


@lru_cache(maxsize=4096)  # parsing is slow, and colleagues share a number
def e164(written: str | None) -> str | None:
    """`+49…`; numbers without a country are German. None when nobody can be called under it."""
    try:
        number = phonenumbers.parse(written or "", "DE")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
