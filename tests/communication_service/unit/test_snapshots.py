"""Every letter reads as it was approved; snapshots/README.md says how to approve a new wording."""

import os

import pytest

from communication_service.use_cases.write_mail import TEMPLATES, write_mail
from tests.communication_service.letter_samples import (
    SENDER,
    SNAPSHOTS,
    every_letter,
    letters_about,
    patient_letters,
    staff_mails,
)

SHOWN_NUMBERS = (1, 2, 6)
SHOWN = {
    f"{name}-{number}": letter
    for number in SHOWN_NUMBERS
    for name, letter in letters_about(number).items()
}
SHOWN |= patient_letters() | staff_mails()


@pytest.mark.parametrize("name", SHOWN)
def test_a_letter_reads_as_it_was_approved(name: str) -> None:
    mail = write_mail(SHOWN[name], SENDER)
    forms = {"txt": f"Betreff: {mail.subject}\n\n{mail.body_text}", "html": mail.body_html}
    for form, written in forms.items():
        snapshot = SNAPSHOTS / f"{name}.{form}"
        if "RENEW_SNAPSHOTS" in os.environ:
            snapshot.write_text(written, "utf-8")
        assert written == snapshot.read_text("utf-8")


def test_every_snapshot_belongs_to_a_letter() -> None:
    kept = {path.stem for path in SNAPSHOTS.iterdir() if path.suffix in (".txt", ".html")}
    assert kept == set(SHOWN)


def test_there_is_a_sample_of_every_kind_of_letter() -> None:
    assert {type(letter) for letter in every_letter().values()} == set(TEMPLATES)
