"""What a practice seems to have answered, by letter. A proposal: a person reads and decides.

Few words are understood, and only where they leave no doubt. Whatever is not understood stays
unknown, with the reason.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from communication_service.domain.answer_page import Outcome


class Unread(StrEnum):
    """Why nothing is proposed for a patient."""

    NOTHING_WRITTEN = "nothing_written"
    NOT_UNDERSTOOD = "not_understood"
    NOT_MENTIONED = "not_mentioned"
    CONTRADICTION = "contradiction"
    CONDITIONAL = "conditional"
    REFUSED_WHY = "refused_why"
    ACCEPTED_WHOM = "accepted_whom"


@dataclass(frozen=True)
class Proposed:
    """Either an outcome, or why there is none."""

    letter: str
    outcome: Outcome | None = None
    unread: Unread | None = None


class _Whom(StrEnum):
    NAMED = "named"
    OTHERS = "others"
    ALL = "all"
    UNSAID = "unsaid"


@dataclass(frozen=True)
class _Said:
    """By one clause; `meant` is an outcome, or why it is none."""

    whom: _Whom
    letters: frozenset[str]
    meant: Outcome | Unread


_I = re.IGNORECASE
_CAPACITY = re.compile(
    r"kein\w*\s+(?:\w+\s+){0,3}?(?:kapazit\w+|\w*pl[aä]tze?\b|termine?\b|aufnahmem\w+)"
    r"|ausgelastet|ausgebucht|voll\s+belegt|aufnahmestopp|warteliste\s+(?:\w+\s+){0,2}?geschlossen"
    r"|kapazit\w+\s+(?:\w+\s+){0,2}?(?:ersch[oö]pft|ausgesch[oö]pft)",
    _I,
)
_NOT_SUITABLE = re.compile(
    r"(?:nicht|kaum)\s+(?:\w+\s+){0,2}?(?:passend|geeignet)|passt?\s+(?:\w+\s+){0,3}?nicht"
    r"|passen\s+(?:\w+\s+){0,3}?nicht|nicht\s+mein\w*\s+(?:schwerpunkt|fachgebiet|gebiet)"
    r"|behandle\s+(?:ich\s+)?(?:\w+\s+)?(?:keine|nicht)",
    _I,
)
_OTHER = re.compile(
    r"im\s+ruhestand|in\s+rente|praxis\s+(?:\w+\s+){0,2}?(?:aufgegeben|geschlossen)", _I
)
_ACCEPTS = re.compile(
    r"\bgerne?\b|\bnehmen?\b.*\b(?:auf|an)\b|\baufnehmen\b|\bübernehmen?\b|\bzusag\w+|\bzusage\b"
    r"|\banbieten\b|\bnehmen?\b",
    _I,
)
_REFUSES = re.compile(
    r"\bnicht\b|\bkein\w*\b|\bleider\b|\babsag\w+|\babsage\b|\bunm[oö]glich\b", _I
)
_DOUBTS = re.compile(
    r"\bwenn\b|\bfalls\b|\bsobald\b|\bsofern\b|\beventuell\b|\bevtl\b|\bvielleicht\b|\bvoraussicht\w+"
    r"|\bm[oö]glicherweise\b|\bvoraussetzung\b|\bggf\b|\bw[uü]rden?\b|\bk[oö]nnten?\b|\bfr[uü]hestens\b|\?",
    _I,
)
_OTHERS = re.compile(r"\b(?:anderen?|andern|[uü]brigen?|restlichen?|rest)\b", _I)
_ALL = re.compile(r"\b(?:alle[nr]?|beide[nr]?|s[aä]mtliche[nr]?)\b", _I)
_CLAUSES = re.compile(
    r"(?<=[.!?;])\s+|\n+|,\s+|\b(?:aber|jedoch|allerdings|sondern|w[aä]hrend)\b", _I
)
_LETTER = re.compile(r"(?<![\w.])([A-Z])(?![\w])(?!\.\s*[A-ZÄÖÜ][a-zäöüß])(?!\.\s?[A-Z]\.)")


def propose(text: str, letters: Sequence[str]) -> tuple[Proposed, ...]:
    """`text` is what the practice itself has written; `letters` are those of our mail."""
    if not text.strip():
        return tuple(Proposed(letter, unread=Unread.NOTHING_WRITTEN) for letter in letters)
    said = list(_what_was_said(text, letters))
    if not said:
        return tuple(Proposed(letter, unread=Unread.NOT_UNDERSTOOD) for letter in letters)
    return tuple(_proposed(letter, said, alone=len(letters) == 1) for letter in letters)


def _what_was_said(text: str, letters: Sequence[str]) -> Iterator[_Said]:
    for clause in filter(None, _CLAUSES.split(text)):
        meant = _meaning(clause)
        if meant is not None:
            named = frozenset(_LETTER.findall(clause)) & frozenset(letters)
            yield _Said(_whom(clause, named), named, meant)


def _meaning(clause: str) -> Outcome | Unread | None:
    """None: this clause says nothing that we understand."""
    for pattern, outcome in (
        (_CAPACITY, Outcome.REJECTED_CAPACITY),
        (_NOT_SUITABLE, Outcome.REJECTED_NOT_SUITABLE),
        (_OTHER, Outcome.REJECTED_OTHER),
    ):
        if pattern.search(clause):
            return outcome
    if not _ACCEPTS.search(clause):
        return None
    if _REFUSES.search(clause):
        return Unread.REFUSED_WHY
    return Unread.CONDITIONAL if _DOUBTS.search(clause) else Outcome.ACCEPTED


def _whom(clause: str, named: frozenset[str]) -> _Whom:
    if named:
        return _Whom.NAMED
    if _OTHERS.search(clause):
        return _Whom.OTHERS
    return _Whom.ALL if _ALL.search(clause) else _Whom.UNSAID


def _proposed(letter: str, said: Iterable[_Said], *, alone: bool) -> Proposed:
    own = [one.meant for one in said if letter in one.letters]
    if own:
        return _settled(letter, own)
    general = [_for_everybody(one, alone=alone) for one in said if not one.letters]
    if not general:
        return Proposed(letter, unread=Unread.NOT_MENTIONED)
    return _settled(letter, general)


def _for_everybody(said: _Said, *, alone: bool) -> Outcome | Unread:
    """A refusal without a name means everybody; an acceptance does so only when it says so."""
    unclear = said.whom is _Whom.UNSAID and not alone and said.meant is Outcome.ACCEPTED
    return Unread.ACCEPTED_WHOM if unclear else said.meant


def _settled(letter: str, meant: Sequence[Outcome | Unread]) -> Proposed:
    if len(set(meant)) > 1:
        return Proposed(letter, unread=Unread.CONTRADICTION)
    [only] = set(meant)
    if isinstance(only, Outcome):
        return Proposed(letter, outcome=only)
    return Proposed(letter, unread=only)
