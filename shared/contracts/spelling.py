"""When two ways of writing mean the same word."""

from unicodedata import normalize

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def folded(text: str) -> str:
    """Without case, umlauts as they are typed without a German keyboard: ÖPNV is oepnv."""
    return normalize("NFC", text).casefold().translate(_UMLAUTS)
