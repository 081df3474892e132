"""A letter becomes a mail: subject, text and HTML in German, from one template.

`templates/<purpose>.j2` holds the words of a letter once; `form.text.j2` and `form.html.j2` say
how its parts look in either form, so that both say the same.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from communication_service.domain.letters import InquiryLetter, ReminderLetter
from communication_service.domain.notices import (
    ConfirmationLetter,
    ConflictNotice,
    StaffNotice,
    WithdrawalNotice,
)
from communication_service.domain.patient_letters import (
    PatientLetter,
    SearchEndedLetter,
    SearchStartedLetter,
    TherapistAcceptedLetter,
)
from communication_service.domain.staff_mail import StaffMail
from communication_service.use_cases.letter_wording import (
    agree,
    contact_lines,
    day_text,
    listed,
    number_word,
    patient_lines,
    practice_lines,
    salutation_text,
)

PracticeLetter = (
    InquiryLetter | ReminderLetter | ConfirmationLetter | ConflictNotice | WithdrawalNotice
)
AnyLetter = PracticeLetter | PatientLetter | StaffNotice | StaffMail


@dataclass(frozen=True)
class MailSender:
    """Who signs. `phone` may be empty: then the letter offers only the reply by mail."""

    name: str
    phone: str
    legal_lines: tuple[str, ...]


@dataclass(frozen=True)
class WrittenMail:
    subject: str
    body_text: str
    body_html: str


TEMPLATES: Mapping[type[AnyLetter], str] = MappingProxyType(
    {
        InquiryLetter: "inquiry.j2",
        ReminderLetter: "reminder.j2",
        ConfirmationLetter: "confirmation.j2",
        ConflictNotice: "conflict_notice.j2",
        WithdrawalNotice: "withdrawal_notice.j2",
        SearchStartedLetter: "search_started.j2",
        TherapistAcceptedLetter: "therapist_accepted.j2",
        SearchEndedLetter: "search_ended.j2",
        StaffNotice: "staff_notice.j2",
        StaffMail: "staff_mail.j2",
    }
)


def write_mail(letter: AnyLetter, sender: MailSender) -> WrittenMail:
    words = {
        "letter": letter,
        "sender": sender,
        "opening": _opening(letter),
        "reference": reference_of(letter),
    }
    text, html = (
        environment.get_template(TEMPLATES[type(letter)]).make_module(words)
        for environment in (TEXT_FORM, HTML_FORM)
    )
    return WrittenMail(str(getattr(text, "subject")), _tidy(str(text)), _tidy(str(html)))  # noqa: B009


def reference_of(letter: AnyLetter) -> str:
    """What staff find the letter's inquiry or search by: PV for an inquiry, PS for a search.

    Empty where a letter is about neither.
    """
    if isinstance(letter, StaffMail):
        return ""
    if isinstance(letter, SearchStartedLetter | TherapistAcceptedLetter | SearchEndedLetter):
        return f"PS-{letter.search}"
    return f"PV-{letter.inquiry}"


def isolated_in_text(words: str) -> str:
    """Words that run from right to left must not turn around what stands beside them."""
    return f"\u2068{words}\u2069" if _runs_leftwards(words) else words


def isolated_in_html(words: str) -> Markup:
    return Markup("<bdi>{}</bdi>").format(words) if _runs_leftwards(words) else escape(words)


def _runs_leftwards(words: str) -> bool:
    return any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in words)


def _opening(letter: AnyLetter) -> str:
    return "Guten Tag" if isinstance(letter, StaffNotice) else salutation_text(letter.salutation)


def _tidy(written: str) -> str:
    """Templates leave empty lines where a part is missing; a letter has at most one."""
    lines = [line.rstrip() for line in written.strip().splitlines()]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join([*kept, ""])


def _form(name: str, isolated: Callable[[str], str], *, autoescape: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("communication_service.use_cases"),
        autoescape=autoescape,  # noqa: S701 -- the text form is no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_WORDS | {"form": name})
    environment.filters["isolated"] = isolated
    return environment


_WORDS: dict[str, Any] = {
    "agree": agree,
    "contact_lines": contact_lines,
    "day": day_text,
    "listed": listed,
    "number": number_word,
    "patient_lines": patient_lines,
    "practice_lines": practice_lines,
}
TEXT_FORM = _form("form.text.j2", isolated_in_text, autoescape=False)
HTML_FORM = _form("form.html.j2", isolated_in_html, autoescape=True)
