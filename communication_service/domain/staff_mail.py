"""What a person writes to a practice by hand, in the house's letter."""

import re
from dataclasses import dataclass

from communication_service.domain.salutations import Salutation


@dataclass(frozen=True)
class StaffMail:
    """`paragraphs` consist of lines."""

    salutation: Salutation
    subject: str
    paragraphs: tuple[tuple[str, ...], ...]


def paragraphs(typed: str) -> tuple[tuple[str, ...], ...]:
    """As empty lines part them; whatever ends a line elsewhere ends it here."""
    lines = "\n".join(line.strip() for line in typed.splitlines())
    parts = (part for part in re.split("\n{2,}", lines) if part.strip())
    return tuple(tuple(part.strip("\n").split("\n")) for part in parts)
