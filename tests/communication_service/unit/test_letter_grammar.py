"""German asks for more than a plural s: words, verbs and pronouns go with their number."""

import re

import pytest

from communication_service.use_cases.letter_wording import NUMBER_WORDS, agree, listed
from communication_service.use_cases.write_mail import AnyLetter, WrittenMail, write_mail
from tests.communication_service.letter_samples import SENDER, every_letter, letters_about

MANY = "(?:zwei|drei|vier|fünf|sechs|[2-9]|mehrere|diese[rn]?|den|keine dieser)"
ONE = "(?:eine[nmrs]?|einem|1|jede[rn]?)"

WRONG = {
    "one with a plural": rf"\b{ONE} (?:\w+e )?(?:Personen|Patienten|Patientinnen|Plätze\b|Plätzen)",
    "many with a singular": r"\b(?:zwei|drei|vier|fünf|sechs) (?:\w+e )?(?:Person|Platz)\b",
    "a digit for a number": r"\b[1-9] (?:Person|Patient|Platz|Plätze)",
    "an uninflected number": r"\bein (?:Person|Personen)\b",
    "a form for both": r"Person\(en\)|/in\b|/-?innen|\*in\b|:in\b|_in\b|Platz/Plätze",
    "a doubled word": r"\b(\w{2,}) \1\b",
    "a gap": r"  +\S|\s[.,;:!?](?:\s|$)|\{|\}|None|Undefined",
    "an unfinished sentence": r"[a-zäöüß] [A-ZÄÖÜ]\w+\.\.|,,|\.\.",
}
# The same sentence in singular and plural, by letter.
FORMS = {
    "inquiry": (
        (
            "Person, die zu Ihrer Praxis passen könnte, suchen wir einen Psychotherapieplatz. "
            "Können Sie sie aufnehmen?"
        ),
        (
            "Personen, die zu Ihrer Praxis passen könnten, suchen wir je einen "
            "Psychotherapieplatz. Können Sie eine oder mehrere von ihnen aufnehmen?"
        ),
    ),
    "inquiry_first": ("Für eine Person", "Personen, die zu Ihrer Praxis passen könnten"),
    "inquiry_links": ("Therapieplatz für eine Person", "Therapieplätze für"),
    "reminder": (
        (
            "nach einem Psychotherapieplatz gefragt. Vielleicht ist unsere Nachricht "
            "untergegangen: Eine Person, die zu Ihrer Praxis passen könnte, wartet noch. "
            "Können Sie sie aufnehmen?"
        ),
        (
            "Personen, die zu Ihrer Praxis passen könnten, warten noch. "
            "Können Sie eine oder mehrere von ihnen aufnehmen?"
        ),
    ),
    "reminder_undated": (
        "vor einigen Tagen haben wir Sie nach einem",
        "nach Psychotherapieplätzen",
    ),
    "confirmation": (
        (
            "Bitte vereinbaren Sie mit der genannten Person einen Termin für ein erstes Gespräch "
            "und sagen Sie uns, wann es stattfindet."
        ),
        (
            "Bitte vereinbaren Sie mit den genannten Personen je einen Termin für ein erstes "
            "Gespräch und sagen Sie uns, wann die Gespräche stattfinden."
        ),
    ),
    "confirmation_partly": ("Sie gilt für eine Person aus", "Personen aus unserer Anfrage"),
    "conflict_notice": (
        (
            "Person A braucht Ihren Platz nicht mehr. Das tut uns leid, denn wir wissen, wie "
            "kostbar ein freier Platz ist."
        ),
        (
            "brauchen Ihre Plätze nicht mehr. Das tut uns leid, denn wir wissen, wie kostbar freie "
            "Plätze sind."
        ),
    ),
    "conflict_alternatives": (
        "stattdessen eine andere Person vorschlagen? Wenn diese Person nicht passt, brauchen Sie",
        "andere Personen vorschlagen? Wenn keine dieser Personen passt, brauchen Sie",
    ),
    "withdrawal_notice": (
        (
            "nach einem Psychotherapieplatz für eine Person gefragt. Haben Sie schon einen Platz "
            "freigehalten?"
        ),
        (
            "nach Psychotherapieplätzen für {number} Personen gefragt. Haben Sie schon Plätze "
            "freigehalten?"
        ),
    ),
    "consent_missing": (
        "aber eine Person hat noch nicht eingewilligt, dass wir ihre Daten weitergeben.",
        "aber {number} Personen haben noch nicht eingewilligt, dass wir ihre Daten weitergeben.",
    ),
    "corrected_too_late": (
        "Diese Person ist davon betroffen",
        "Diese Personen sind davon betroffen",
    ),
}


def prose_of(mail: WrittenMail) -> str:
    """Subject and sentences on one line each, without indented lists and the line of hyphens."""
    lines = [line for line in mail.body_text.splitlines() if line and not line.startswith("--")]
    return "\n".join([mail.subject, *(line.strip() for line in lines)])


@pytest.mark.parametrize(("name", "letter"), every_letter().items())
def test_no_letter_has_a_wrong_form(name: str, letter: AnyLetter) -> None:
    prose = prose_of(write_mail(letter, SENDER))
    found = {wrong: found[0] for wrong, form in WRONG.items() if (found := re.search(form, prose))}
    assert found == {}, name


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("one with a plural", "für eine Personen"),
        ("many with a singular", "drei Person gesucht"),
        ("a digit for a number", "1 Patienten"),
        ("an uninflected number", "für ein Person"),
        ("a form for both", "Person(en)"),
        ("a doubled word", "für für Sie"),
        ("a gap", "gesucht ."),
        ("an unfinished sentence", "am Ziel.."),
    ],
)
def test_a_wrong_form_would_be_noticed(wrong: str, sentence: str) -> None:
    assert re.search(WRONG[wrong], sentence)


@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize("name", FORMS)
def test_the_sentence_goes_with_the_number(name: str, number: int) -> None:
    mail = write_mail(letters_about(number)[name], SENDER)
    words = " ".join(prose_of(mail).split("\n"))
    one, many = (form.format(number=NUMBER_WORDS[number]) for form in FORMS[name])
    expected, other = (one, many) if number == 1 else (many, one)
    assert all(sentence in words for sentence in _sentences(expected))
    assert not all(sentence in words for sentence in _sentences(other))


def test_every_letter_about_people_is_in_the_table() -> None:
    assert set(FORMS) == set(letters_about(1))


@pytest.mark.parametrize(
    ("words", "together"),
    [(["A"], "A"), (["A", "B"], "A und B"), (["A", "B", "F"], "A, B und F")],
)
def test_letters_are_listed_as_one_says_them(words: list[str], together: str) -> None:
    assert listed(words) == together


def test_one_is_one_and_the_rest_are_many() -> None:
    assert [agree(number, "e", "m") for number in range(1, 7)] == ["e", *"mmmmm"]


def _sentences(form: str) -> list[str]:
    return re.split(r"(?<=[.?!]) ", form)
