"""ICD-10 codes as the hierarchy they are: F32 ↔ F32.1, and blocks such as F30-F39."""

import re
from functools import lru_cache

_CODE = re.compile(r"(?<![A-Z0-9])([A-Z]\d{2})(?:\.(\d{1,2}))?(?![0-9])")
_BLOCK = re.compile(r"([A-Z]\d{2})(?:\.-)?\s*[-–]\s*([A-Z]\d{2})(?:\.-)?")


@lru_cache(maxsize=4096)
def codes_in(text: str) -> tuple[str, ...]:
    """The codes that stand in a text, without dots: "F32.1 G, F41.-" → ("F321", "F41")."""
    return tuple(category + digits for category, digits in _CODE.findall(text.upper()))


@lru_cache(maxsize=4096)
def diagnosis_matches(preference: str, diagnosis: str) -> bool | None:
    """Whether a diagnosis falls under a preference; None when one of the two has no code.

    Either may be the more general one. One of several diagnoses is enough.
    """
    diagnosed = codes_in(diagnosis)
    block = _BLOCK.fullmatch(preference.strip().upper())
    preferred = codes_in(preference)
    if not diagnosed or not preferred:
        return None
    if block:
        first, last = block.groups()
        return any(first <= code[:3] <= last for code in diagnosed)
    return any(_related(wish, code) for wish in preferred for code in diagnosed)


def _related(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
