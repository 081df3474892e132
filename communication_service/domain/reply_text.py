"""What somebody has written themselves in a reply, without what they quote."""

import re
from collections.abc import Iterator

LONGEST_TEXT = 20_000

# From here on down it is our own mail, or the sender's address.
_QUOTE_BEGINS = re.compile(
    r"""^\s*(?:
        Am\b.{0,200}\bschrieb\b.{0,200}:?
        | On\b.{0,200}\bwrote\b:?
        | -{2,}\s*(?:Urspr|Original|Weitergeleitet|Forwarded).{0,60}
        | _{10,}
        | (?:Von|From):\s.{0,300}
        | --
    )\s*$""",
    re.VERBOSE | re.IGNORECASE,
)


def own_words(text: str) -> str:
    """What follows a quotation is not read either: nobody could say whose words it is."""
    lines = list(_own_lines(text[:LONGEST_TEXT].splitlines()))
    return "\n".join(lines).strip()


def _own_lines(lines: list[str]) -> Iterator[str]:
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        # Mail programs break the line that introduces a quotation wherever it gets too long.
        if _QUOTE_BEGINS.match(line) or _begins_over_two(line, following):
            return
        if not line.lstrip().startswith(">"):
            yield line


def _begins_over_two(line: str, following: str) -> bool:
    begins = line.lstrip().startswith(("Am ", "On "))
    return begins and bool(_QUOTE_BEGINS.match(f"{line} {following.strip()}"))
