"""What the text of an address says by itself."""

import re
import unicodedata


def is_postcode(text: str) -> bool:
    """True for five ASCII digits; whether that postcode exists is another question."""
    return _FIVE_DIGITS.fullmatch(text) is not None


def postcode_in(address: str) -> str | None:
    """The last group of five digits: in a German address the postcode follows the street."""
    groups: list[str] = _POSTCODE_IN_TEXT.findall(address)
    return groups[-1] if groups else None


def normalised(address: str) -> str:
    """One spelling for what is the same question: case, ß, spaces, commas, Str. and Straße."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address).casefold())
    return " ".join(_STREET_SHORT.sub("strasse ", _BETWEEN_PARTS.sub(" ", folded)).split())


_FIVE_DIGITS = re.compile(r"[0-9]{5}")
_POSTCODE_IN_TEXT = re.compile(r"(?<![0-9])[0-9]{5}(?![0-9])")
_BETWEEN_PARTS = re.compile(r"[,;\s]+")
_STREET_SHORT = re.compile(r"str\.")
