import pytest

from communication_service.domain.salutations import LetterTherapist, salutation
from communication_service.use_cases.letter_wording import salutation_text


@pytest.mark.parametrize(
    ("anrede", "titel", "nachname", "words"),
    [
        ("Frau", "Dr. med.", "Müller", "Sehr geehrte Frau Dr. Müller"),
        ("Herr", None, "Groß", "Sehr geehrter Herr Groß"),
        ("Herr", "Prof. Dr. Dipl.-Psych.", "Öz", "Sehr geehrter Herr Prof. Dr. Öz"),
        ("Frau", "Dipl.-Psych.", "Weiß", "Sehr geehrte Frau Weiß"),
        (None, "Dr.", "Ames", "Guten Tag Dr. Ames"),
        ("", None, "Ames", "Guten Tag Ames"),
        ("Frau", None, "Null", "Sehr geehrte Frau Null"),
        ("Frau", "Dr.", None, "Sehr geehrte Damen und Herren"),
        ("Herr", None, "  ", "Sehr geehrte Damen und Herren"),
        (" herr ", None, "von  der\nHeide", "Sehr geehrter Herr von der Heide"),
    ],
)
def test_a_therapist_is_addressed_as_on_the_phone(
    anrede: str | None, titel: str | None, nachname: str | None, words: str
) -> None:
    assert salutation_text(salutation(LetterTherapist(anrede, titel, nachname))) == words
