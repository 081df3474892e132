"""What is said in a call about an inquiry: as anonymous as its mail."""

from communication_service.domain.calls import CallReason
from communication_service.domain.letters import ReminderLetter
from communication_service.use_cases.letter_wording import (
    number_word,
    patient_lines,
    salutation_text,
)
from communication_service.use_cases.write_mail import TEXT_FORM, MailSender, reference_of


def call_script(letter: ReminderLetter, reason: CallReason, sender: MailSender) -> str:
    words = {
        "reference": reference_of(letter),
        "reason": reason,
        "salutation": salutation_text(letter.salutation),
        "number_word": number_word(len(letter.patients)),
        "one": len(letter.patients) == 1,
        "people": [(patient.letter, patient_lines(patient)) for patient in letter.patients],
        "sender": sender,
    }
    return TEXT_FORM.get_template("call_script.txt.j2").render(words)
