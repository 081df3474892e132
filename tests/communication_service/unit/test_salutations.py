import pytest

from communication_service.domain.salutations import (
    LONGEST_NAME,
    Addressee,
    full_name,
    one_line,
    salutation,
)
from communication_service.use_cases.letter_wording import salutation_text


@pytest.mark.parametrize(
    ("anrede", "titel", "nachname", "words"),
    [
        ("Frau", "Dr. med.", "Müller", "Sehr geehrte Frau Dr. Müller"),
        ("Herr", None, "Groß", "Sehr geehrter Herr Groß"),
        ("Herr", "Prof. Dr. Dipl.-Psych.", "Öz", "Sehr geehrter Herr Prof. Dr. Öz"),
        ("Frau", "Dipl.-Psych.", "Weiß", "Sehr geehrte Frau Weiß"),
        (None, "Dr.", "Ames", "Guten Tag Dr. Kim Ames"),
        ("", None, "Ames", "Guten Tag Kim Ames"),
        ("Frau", None, "Null", "Sehr geehrte Frau Null"),
        ("Frau", "Dr.", None, "Sehr geehrte Damen und Herren"),
        ("Herr", None, "  ", "Sehr geehrte Damen und Herren"),
        (" herr ", None, "von  der\nHeide", "Sehr geehrter Herr von der Heide"),
        ("Mx.", None, "Ames", "Guten Tag Kim Ames"),
    ],
)
def test_a_person_is_addressed_as_on_the_phone(
    anrede: str | None, titel: str | None, nachname: str | None, words: str
) -> None:
    assert salutation_text(salutation(Addressee(anrede, titel, nachname, "Kim"))) == words


@pytest.mark.parametrize(
    ("anrede", "geschlecht", "words", "name"),
    [
        ("Frau", None, "Sehr geehrte Frau Ames", "Frau Kim Ames"),
        ("Frau", "männlich", "Sehr geehrte Frau Ames", "Frau Kim Ames"),
        ("Herr", "keine_Angabe", "Sehr geehrter Herr Ames", "Herr Kim Ames"),
        (None, "weiblich", "Sehr geehrte Frau Ames", "Frau Kim Ames"),
        (None, "männlich", "Sehr geehrter Herr Ames", "Herr Kim Ames"),
        (None, "keine_Angabe", "Guten Tag Kim Ames", "Kim Ames"),
        (None, None, "Guten Tag Kim Ames", "Kim Ames"),
        (None, "divers", "Guten Tag Kim Ames", "Kim Ames"),
        ("Frau", "divers", "Guten Tag Kim Ames", "Kim Ames"),
        ("Herr", "divers", "Guten Tag Kim Ames", "Kim Ames"),
    ],
)
def test_the_form_of_address_counts_before_the_sex_and_nobody_divers_is_frau_or_herr(
    anrede: str | None, geschlecht: str | None, words: str, name: str
) -> None:
    person = Addressee(anrede, None, "Ames", "Kim", geschlecht)
    assert salutation_text(salutation(person)) == words
    assert full_name(person) == name


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (None, ""),
        ("  Anna \t Lena\r\nBcc: x@y.example ", "Anna Lena Bcc: x@y.example"),
        ("An\x00na\u202eLena\u200b", "AnnaLena"),
        ("שרה", "שרה"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_name_is_one_visible_line(written: str | None, kept: str) -> None:
    assert one_line(written) == kept


def test_a_name_does_not_fill_the_whole_letter() -> None:
    assert one_line("x" * LONGEST_NAME) == "x" * LONGEST_NAME
    assert one_line("x" * 5000) == "x" * (LONGEST_NAME - 1) + "…"
