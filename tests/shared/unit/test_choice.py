"""Words of a closed list are understood in every spelling that v1 clients have ever used."""

import pytest
from marshmallow import Schema, ValidationError

from shared.http.fields import Choice, spelling_key
from tests.architecture.house import SERVICES, modules_of

STATUS = ("offen", "auf der Suche", "Suche abgebrochen")


@pytest.mark.parametrize(
    ("words", "written", "meant"),
    [
        (STATUS, "auf der Suche", "auf der Suche"),
        (STATUS, "auf_der_Suche", "auf der Suche"),
        (STATUS, "AUF DER SUCHE", "auf der Suche"),
        (STATUS, "AUF_DER_SUCHE", "auf der Suche"),
        (STATUS, "  auf  der Suche ", "auf der Suche"),
        (STATUS, "Offen", "offen"),
        (("Auto", "ÖPNV"), "öpnv", "ÖPNV"),
        (("Auto", "ÖPNV"), "OEPNV", "ÖPNV"),
        (("Auto", "ÖPNV"), "O\N{COMBINING DIAERESIS}PNV", "ÖPNV"),
        (("Männlich", "Egal"), "Maennlich", "Männlich"),
        (("Männlich", "Egal"), "MÄNNLICH", "Männlich"),
        (("Männlich", "Egal"), "egal", "Egal"),
        (("keine_Angabe",), "keine Angabe", "keine_Angabe"),
        (("Straße",), "STRASSE", "Straße"),
    ],
)
def test_old_spellings_mean_the_word_as_it_is_written_today(
    words: tuple[str, ...], written: str, meant: str
) -> None:
    assert Choice(words).deserialize(written) == meant


@pytest.mark.parametrize("written", ["", " ", "_", "aufder Suche", "auf-der-Suche", "offenn", "0"])
def test_what_is_no_spelling_of_a_word_is_refused_with_the_list(written: str) -> None:
    with pytest.raises(ValidationError, match="Erlaubt sind: offen, auf der Suche"):
        Choice(STATUS).deserialize(written)


@pytest.mark.parametrize("service", SERVICES)
def test_no_two_words_of_a_list_are_spellings_of_each_other(service: str) -> None:
    choices = [
        (schema.__name__, name, field.words)
        for schema in _schemas_of(service)
        for name, field in schema().fields.items()
        if isinstance(field, Choice)
    ]
    clashing = [
        (schema, name)
        for schema, name, words in choices
        if len({spelling_key(word) for word in words}) < len(words)
    ]

    assert choices
    assert clashing == []


def _schemas_of(service: str) -> list[type[Schema]]:
    found = {
        value
        for module in modules_of(f"{service}.api")
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Schema)
    }
    return sorted(found, key=lambda schema: schema.__name__)
