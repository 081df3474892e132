"""An anonymised letter becomes a mail: subject, text and HTML in German."""

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from communication_service.domain.letters import InquiryLetter
from communication_service.use_cases.letter_wording import (
    NUMBER_WORDS,
    patient_lines,
    salutation_text,
)


@dataclass(frozen=True)
class MailSender:
    """Who signs. `phone` may be empty: then the letter offers only the reply by mail."""

    name: str
    phone: str
    legal_footer: str


@dataclass(frozen=True)
class WrittenMail:
    subject: str
    body_text: str
    body_html: str


def write_inquiry_mail(letter: InquiryLetter, sender: MailSender) -> WrittenMail:
    words = {
        "letter": letter,
        "subject": inquiry_subject(letter),
        "salutation": salutation_text(letter.salutation),
        "number_word": NUMBER_WORDS[len(letter.patients)],
        "one": len(letter.patients) == 1,
        "people": [(patient.letter, patient_lines(patient)) for patient in letter.patients],
        "sender": sender,
    }
    return WrittenMail(
        subject=inquiry_subject(letter),
        body_text=TEXT_TEMPLATES.get_template("inquiry.txt.j2").render(words),
        body_html=HTML_TEMPLATES.get_template("inquiry.html.j2").render(words),
    )


def inquiry_subject(letter: InquiryLetter) -> str:
    number = len(letter.patients)
    places = "Therapieplatz" if number == 1 else "Therapieplätze"
    people = "Person" if number == 1 else "Personen"
    return f"{places} für {NUMBER_WORDS[number]} {people} gesucht [{letter.reference}]"


def _templates(*, autoescape: bool) -> Environment:
    return Environment(
        loader=PackageLoader("communication_service.use_cases"),
        autoescape=autoescape,  # noqa: S701 -- the text form is no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


# Two environments, because both forms import the same sentences and only one of them is HTML.
TEXT_TEMPLATES = _templates(autoescape=False)
HTML_TEMPLATES = _templates(autoescape=True)
