"""The words of an HTML mail, for those who read it as plain text.

Takes a time that grows with the length alone, whatever the HTML looks like.
"""

import re
from html import unescape

_TAG = re.compile("(<[a-zA-Z/!?][^<>]*>)")
_NAME = re.compile(r"<\s*(/?)\s*([a-zA-Z][a-zA-Z0-9]*)")
_UNSEEN = {"head", "script", "style", "title"}
_LINES = {"br", "div", "li", "tr"}
_PARAGRAPHS = {"p", "table", "ul", "ol", "blockquote", "hr", *(f"h{size}" for size in range(1, 7))}


def text_of_html(html: str) -> str:
    """Paragraphs are parted by an empty line; what no reader sees is left out."""
    written: list[str] = []
    hidden_by: str | None = None
    for piece in _TAG.split(html):
        closing, name = _tag(piece)
        if hidden_by is not None:
            hidden_by = None if closing and name == hidden_by else hidden_by
        elif name in _UNSEEN:
            hidden_by = None if closing else name
        else:
            written.append(_as_text(piece, name))
    lines = [" ".join(line.split(" ")).strip() for line in "".join(written).split("\n")]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


def _tag(piece: str) -> tuple[bool, str]:
    """The name is empty where there is none: of a text, a comment, a declaration."""
    found = _NAME.match(piece)
    return (bool(found[1]), found[2].lower()) if found else (False, "")


def _as_text(piece: str, name: str) -> str:
    if name in _PARAGRAPHS:
        return "\n\n"
    if name in _LINES:
        return "\n"
    return "" if _TAG.fullmatch(piece) else re.sub(r"\s+", " ", unescape(piece))
