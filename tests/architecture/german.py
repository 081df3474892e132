"""Which words of the code are German, and which of those the glossary knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.house import ROOT, tree_of

_WORD = re.compile(r"[A-ZÄÖÜ]?[a-zäöüß]+|[A-ZÄÖÜ]+(?![a-zäöüß])")

# No dictionary: endings, letter groups and stems that English words hardly ever have.
_GERMAN_PARTS = re.compile(
    r"""
      ung(s|en)?$ | [hk]eit(en)?$ | schaft(en)?$ | ieren$ | [^g]lich(e[nrs]?)?$ | isch(e[nrs]?)?$
    | zeit(en)?$ | stellen?$ | liste$
    | sch(?!ed|em) | aeu | aech | aeng | aerz | aetz | oeff | oerp | oech | uess | ueck | uehl
    | anfrag | suche | platz | praxis | antwort | therapeut | therapie | sprech | sprach | spraech
    | kasse | krank | versicher | behandl | beschwerd | vertrag | vertraeg | empfehl | sperr
    | vermittl | mitarbeit | gruppe | einzel | geburt | arzt | jugend | erwachs | stunde | woche
    | monat | jahr | wunsch | wuensch | warte | nummer | strasse | bescheid | verfahren | erfahr
    | kontakt | widerruf | abwesen | urlaub | nachricht | rechnung | zusage | absage | diagnosen
    """,
    re.VERBOSE,
)
_ENGLISH_AFTER_ALL = {"rung", "young", "hung"}
_SMALL_WORDS = {
    *("und", "oder", "nicht", "kein", "keine", "fuer", "ueber", "ohne", "nach", "seit", "zum"),
    *("zur", "wird", "wurde", "letzte", "naechste", "neue", "alle", "ist", "ort", "titel"),
}


def looks_german(word: str) -> bool:
    built = _GERMAN_PARTS.search(word) is not None and word not in _ENGLISH_AFTER_ALL
    return built or word in _SMALL_WORDS


def glossary_words() -> set[str]:
    """The words of everything that stands in backticks."""
    text = (ROOT / "docs" / "glossary.md").read_text()
    return {word for span in re.findall(r"`([^`]+)`", text) for word in words_of(span)}


def words_of(identifier: str) -> list[str]:
    """Split at underscores and capitals, in small letters."""
    return [word.lower() for word in _WORD.findall(identifier)]


def identifiers_in(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.keyword(arg=str(name)):
                yield name
