"""German identifiers are written as the glossary spells them."""

import pytest

from tests.architecture.german import glossary_words, identifiers_in, looks_german, words_of
from tests.architecture.house import PROGRAM, python_files


def test_every_german_word_in_the_code_is_in_the_glossary() -> None:
    known = glossary_words()
    unknown = {
        word: path.name
        for path in python_files(*PROGRAM)
        for identifier in identifiers_in(path)
        for word in words_of(identifier)
        if looks_german(word) and word not in known
    }

    assert unknown == {}


def test_identifiers_are_ascii() -> None:
    named = {name for path in python_files(*PROGRAM) for name in identifiers_in(path)}

    assert {name for name in named if not name.isascii()} == set()


@pytest.mark.parametrize(
    "word",
    [
        "warteliste",
        "ueberweisung",
        "rueckruf",
        "versicherungsschein",
        "abwesenheit",
        "sprechzeiten",
    ],
)
def test_a_german_word_that_nobody_registered_is_noticed(word: str) -> None:
    assert looks_german(word)
    assert word not in glossary_words()


def test_most_german_words_of_the_glossary_are_recognised_as_such() -> None:
    fields = {word for word in glossary_words() if word.isascii() and looks_german(word)}

    assert len(fields) >= 80


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("PlatzsucheContactRequest", ["platzsuche", "contact", "request"]),
        ("plz_prefix", ["plz", "prefix"]),
        ("AUF_DER_SUCHE", ["auf", "der", "suche"]),
        ("_MalformedHTMLError", ["malformed", "html", "error"]),
    ],
)
def test_identifiers_are_split_at_underscores_and_capitals(
    identifier: str, words: list[str]
) -> None:
    assert words_of(identifier) == words
