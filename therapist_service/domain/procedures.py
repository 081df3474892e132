"""Names of procedures differ by source; four of them are ours."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from therapist_service.domain.therapist import Altersgruppe


class Verfahren(StrEnum):
    VERHALTENSTHERAPIE = "Verhaltenstherapie"
    TIEFENPSYCHOLOGISCH = "Tiefenpsychologisch fundierte Psychotherapie"
    ANALYTISCH = "Analytische Psychotherapie"
    SYSTEMISCH = "Systemische Therapie"


@dataclass(frozen=True)
class Procedures:
    """`names` keeps every name, translated where the table knows it; `unknown` is to be reported.

    `altersgruppe` is what the names say about the age of patients, None when they say nothing.
    """

    names: tuple[str, ...]
    unknown: tuple[str, ...]
    altersgruppe: Altersgruppe | None


def read_procedures(written: Iterable[str]) -> Procedures:
    spellings = [name.strip() for name in written if name.strip()]
    known = {name: _SPELLINGS.get(_bare(name)) for name in spellings}
    return Procedures(
        names=tuple(dict.fromkeys(known[name] or name for name in spellings)),
        unknown=tuple(name for name, verfahren in known.items() if verfahren is None),
        altersgruppe=_altersgruppe(spellings),
    )


_SPELLINGS = {
    "verhaltenstherapie": Verfahren.VERHALTENSTHERAPIE,
    "kognitive verhaltenstherapie": Verfahren.VERHALTENSTHERAPIE,
    "vt": Verfahren.VERHALTENSTHERAPIE,
    "tiefenpsychologisch fundierte psychotherapie": Verfahren.TIEFENPSYCHOLOGISCH,
    "tiefenpsychologisch fundierte therapie": Verfahren.TIEFENPSYCHOLOGISCH,
    "tiefenpsychologische psychotherapie": Verfahren.TIEFENPSYCHOLOGISCH,
    "tiefenpsychologie": Verfahren.TIEFENPSYCHOLOGISCH,
    "tfp": Verfahren.TIEFENPSYCHOLOGISCH,
    "tp": Verfahren.TIEFENPSYCHOLOGISCH,
    "analytische psychotherapie": Verfahren.ANALYTISCH,
    "analytische therapie": Verfahren.ANALYTISCH,
    "psychoanalyse": Verfahren.ANALYTISCH,
    "ap": Verfahren.ANALYTISCH,
    "systemische therapie": Verfahren.SYSTEMISCH,
    "systemische psychotherapie": Verfahren.SYSTEMISCH,
    "st": Verfahren.SYSTEMISCH,
}

_CHILDREN = re.compile(r"\bkinder(n|-)?\b|\bjugendlichen?\b|\bkj\b")
_ADULTS = re.compile(r"\berwachsenen?\b")
# Whom a procedure is for, and in which setting, is written behind its name.
_ADDITION = re.compile(
    r"\b(für|bei|und|u|kinder(n|-)?|jugendlichen?|erwachsenen?|kj"
    r"|einzeltherapie|gruppentherapie|einzel|gruppe)\b|[^\w\s]"
)


def _bare(name: str) -> str:
    return " ".join(_ADDITION.sub(" ", name.casefold()).split())


def _altersgruppe(names: list[str]) -> Altersgruppe | None:
    text = " ".join(names).casefold()
    children, adults = bool(_CHILDREN.search(text)), bool(_ADULTS.search(text))
    if children and adults:
        return Altersgruppe.BEIDE
    if children:
        return Altersgruppe.KINDER_JUGENDLICHE
    return Altersgruppe.ERWACHSENE if adults else None
