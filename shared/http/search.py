"""What `q` of a list means: every word of it occurs somewhere in the row's searchable text.

Three letters and more may stand anywhere, fewer begin a word. A phone number may be written in any
way, with or without the country, and from any digit on.
"""

import re
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, literal_column, or_
from sqlalchemy.orm import DeclarativeBase

from shared.http.fields import Text

_ANYWHERE_FROM = 3
_PHONE = re.compile(r"[+(]?[0-9][0-9 ()/.–-]{2,}")
_GERMANY = "49"


class SearchWords(Text):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(100, shortest=1, **kwargs)


def matching(rows: "Select[Any]", entity: type[DeclarativeBase], q: str) -> "Select[Any]":
    """Its table has the column `search_text`, its schema the function `searchable` that made it."""
    schema = str(entity.metadata.schema)
    text: ColumnElement[str] = literal_column(f"{schema}.{entity.__tablename__}.search_text")
    if numbers := _numbers(q):
        return rows.where(or_(*(text.like(f"%{digits}%") for digits in numbers)))
    searchable = getattr(func, schema).searchable
    words = [word for word in re.split(r"[\s,;/-]+", q) if word]
    if not words:
        return rows.where(false())
    return rows.where(*(text.like(_pattern(searchable, word)) for word in words))


def _pattern(searchable: Any, word: str) -> Any:
    """`searchable` begins every word with a space."""
    found = searchable(re.sub(r"([\\%_])", r"\\\1", word))
    return func.concat("%", func.ltrim(found) if len(word) >= _ANYWHERE_FROM else found, "%")


def _numbers(q: str) -> list[str]:
    """What a phone number's digits may be; none of what says too few of them to be one."""
    digits = re.sub(r"\(0\)|[^0-9]", "", q) if _PHONE.fullmatch(q) else ""
    return [one for one in (digits, _abroad(digits)) if len(one) >= _ANYWHERE_FROM]


def _abroad(digits: str) -> str:
    if digits.startswith("00"):
        return digits[2:]
    return _GERMANY + digits[1:] if digits.startswith("0") else digits
