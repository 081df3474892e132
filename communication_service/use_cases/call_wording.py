"""What is said in a call about an inquiry: as anonymous as its mail."""

from communication_service.domain.calls import CallReason
from communication_service.domain.letters import InquiryLetter
from communication_service.use_cases.letter_wording import (
    NUMBER_WORDS,
    patient_lines,
    salutation_text,
)
from communication_service.use_cases.write_mail import TEXT_TEMPLATES, MailSender


def call_script(letter: InquiryLetter, reason: CallReason, sender: MailSender) -> str:
    words = {
        "letter": letter,
        "reason": reason,
        "salutation": salutation_text(letter.salutation),
        "number_word": NUMBER_WORDS[len(letter.patients)],
        "one": len(letter.patients) == 1,
        "people": [(patient.letter, patient_lines(patient)) for patient in letter.patients],
        "sender": sender,
    }
    return TEXT_TEMPLATES.get_template("call_script.txt.j2").render(words)
