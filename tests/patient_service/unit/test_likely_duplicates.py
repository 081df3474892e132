"""Who is likely the same person, and why we think so."""

from datetime import date

import pytest

from patient_service.domain.duplicates import Because, Person, likely_same
from patient_service.use_cases.likely_duplicates import GermanEar

BORN = date(1990, 2, 28)
DATE, UNDATED = Because.SAME_BIRTH_DATE, Because.BIRTH_DATE_UNKNOWN
SAME, SIMILAR, PART = Because.SAME_NAME, Because.SIMILAR_NAME, Because.PART_OF_NAME
SWAPPED, PLZ, ID = Because.NAMES_SWAPPED, Because.SAME_PLZ, Because.SAME_EXTERNAL_ID


@pytest.mark.parametrize(
    ("one", "other", "because"),
    [
        ("Anna Öztürk", "Anna Öztürk", (SAME,)),
        ("Anna Öztürk", "ANNA OEZTUERK", (SAME,)),
        ("Zoë Weiß", "Zoe Weiss", (SAME,)),
        ("Anna Öztürk", "Anna Ozturk", (SIMILAR,)),
        ("Anna Meyer", "Anna Maier", (SIMILAR,)),
        ("Stephan Schmidt", "Stefan Schmitt", (SIMILAR,)),
        ("Philipp Kraus", "Filip Krauß", (SIMILAR,)),
        ("Anna Müller", "Anna Mülelr", (SIMILAR,)),
        ("Katharina Berg", "Catarina Berg", (SIMILAR,)),
        ("Hans-Peter Berg", "Hanspeter Berg", (SAME,)),
        ("Hans-Peter Berg", "Hans Peter Berg", (SAME,)),
        ("Anna Meyer", "Anna Meyer-Schmidt", (PART,)),
        ("Anna Meier", "Anna Schmidt-Meyer", (PART,)),
        ("Anna Schmidt-Meyer", "Anna Meyer-Schmidt", (SAME,)),
        ("Anna Berg", "Anna-Maria Berg", (PART,)),
        ("Ana Meyer", "Anna Meyer-Schmidt", (PART, SIMILAR)),
        ("Anna Berg", "Berg Anna", (SWAPPED, SAME)),
        ("Anna Meyer", "Maier Anna", (SWAPPED, SIMILAR)),
        ("يوسف كهن", "يوسف كهن", (SAME,)),
        ("Anna Berg", "Anna Tal", ()),
        ("Anna Berg", "Jörg Berg", ()),
        ("Anna Berg", "Ina Berg", ()),
        ("Jan Berg", "Jon Tal", ()),
        ("Anna Meyer-Schmidt", "Anna Meyer-Schulz", ()),
        ("Anna Mohr", "Anna Meier", ()),
        ("יעל כהן", "דוד כהן", ()),
        ("Li Wu", "Lu Wi", ()),
    ],
)
def test_of_people_with_one_birth_date_those_with_like_names_are_likely_the_same(
    one: str, other: str, because: tuple[Because, ...]
) -> None:
    found = likely_same(_named(one, BORN), _named(other, BORN), GermanEar())
    back = likely_same(_named(other, BORN), _named(one, BORN), GermanEar())

    assert found == back == ((DATE, *because) if because else ())


@pytest.mark.parametrize(
    ("one", "other", "because"),
    [
        (Person("Anna", "Berg", None, "52062"), ("Anna Berg", BORN, "52062"), (SAME, PLZ)),
        (Person("Anna", "Berg", None, "52062"), ("anna berg", None, "52062"), (SAME, PLZ)),
        (Person("Anna", "Berg", BORN, "52062"), ("Berg Anna", None, "52062"), (SWAPPED, SAME, PLZ)),
        (Person("Anna", "Berg", None, "52062"), ("Anna Berk", None, "52062"), ()),
        (Person("Anna", "Berg", None, "52062"), ("Anna Berg", None, "52064"), ()),
        (Person("Anna", "Berg", None, None), ("Anna Berg", None, None), ()),
        (Person("Anna", "Berg", None, None), ("Anna Berg", BORN, None), ()),
    ],
)
def test_without_a_birth_date_it_takes_the_same_name_and_the_same_postcode(
    one: Person, other: tuple[str, date | None, str | None], because: tuple[Because, ...]
) -> None:
    found = likely_same(one, _named(*other), GermanEar())

    assert found == ((UNDATED, *because) if because else ())


def test_two_birth_dates_are_two_people_whatever_their_names() -> None:
    twin = _named("Anna Berg", date(1990, 2, 27), "52062")

    assert likely_same(twin, _named("Anna Berg", BORN, "52062"), GermanEar()) == ()


def test_the_same_postcode_is_told_as_well() -> None:
    one, other = _named("Anna Berg", BORN, "52062"), _named("Anna Berg", BORN, "52062")

    assert likely_same(one, other, GermanEar()) == (DATE, SAME, PLZ)


@pytest.mark.parametrize(
    ("one", "other", "because"),
    [
        (("altbestand", "17"), ("altbestand", "17"), (ID,)),
        ((None, "17"), (None, "17"), (ID,)),
        (("altbestand", "17"), ("telefon", "17"), ()),
        (("altbestand", "17"), (None, "17"), ()),
        (("altbestand", None), ("altbestand", None), ()),
        (("altbestand", ""), ("altbestand", ""), ()),
    ],
)
def test_one_id_at_one_source_is_one_person_whatever_else_differs(
    one: tuple[str | None, str | None],
    other: tuple[str | None, str | None],
    because: tuple[Because, ...],
) -> None:
    ours, theirs = Person("Anna", "Berg", None, None, *one), Person("Jo", "Tal", BORN, None, *other)

    assert likely_same(ours, theirs, GermanEar()) == because


def _named(name: str, born: date | None, plz: str | None = None) -> Person:
    vorname, nachname = name.rsplit(" ", 1)
    return Person(vorname, nachname, born, plz)
