import pytest

from therapist_service.domain.identity import (
    Ambiguous,
    Identity,
    Known,
    Nobody,
    Person,
    Same,
    identify,
    identify_by_name,
)

FIELDS = {
    "external_id": None,
    "titel": "Dr.",
    "vorname": "Änne",
    "nachname": "Schmitz",
    "strasse": "Markt 1",
    "plz": "52062",
    "ort": "Aachen",
    "email": "praxis@example.org",
}


def person(**changes: object) -> Person:
    return Person.of({**FIELDS, **changes})


def known(**changes: object) -> Known:
    return Known(1, person(**changes))


@pytest.mark.parametrize(
    ("listed", "stored", "identity"),
    [
        # external id
        ({"external_id": "a"}, {"external_id": "a", "nachname": "Weber"}, Same(1)),
        ({"external_id": "a"}, {"external_id": "a", "plz": "50667"}, Same(1)),
        ({"external_id": "a"}, {"external_id": "b"}, Nobody()),
        ({"external_id": "a"}, {}, Same(1)),
        ({}, {"external_id": "a"}, Same(1)),
        # first name, last name, postcode
        ({}, {}, Same(1)),
        ({"vorname": " ÄNNE ", "nachname": "schmitz"}, {}, Same(1)),
        ({"vorname": "A\u0308nne"}, {}, Same(1)),
        ({"vorname": "Aenne"}, {}, Same(1)),
        ({"nachname": "Groß-Schmitz"}, {"nachname": "Gross  Schmitz"}, Same(1)),
        ({"strasse": "Ring 9", "email": "neu@example.org"}, {}, Same(1)),
        ({"nachname": "Null"}, {"nachname": "Null"}, Same(1)),
        ({"plz": "52064"}, {}, Nobody()),
        ({"vorname": "Anna"}, {}, Nobody()),
        # renamed
        ({"nachname": "Weber"}, {}, Same(1)),
        ({"nachname": "Weber", "email": None}, {}, Same(1)),
        ({"nachname": "Weber"}, {"email": ""}, Same(1)),
        ({"nachname": "Weber", "email": "neu@example.org"}, {}, Nobody()),
        (
            {"nachname": "Weber", "strasse": "Kölner Straße 5 a"},
            {"strasse": "koelner str. 5a"},
            Same(1),
        ),
        ({"nachname": "Weber", "strasse": "Markt 2"}, {}, Nobody()),
        ({"nachname": "Weber", "vorname": "Anna"}, {}, Nobody()),
        ({"nachname": "Weber", "plz": "52064"}, {}, Nobody()),
        ({"nachname": "Weber", "ort": "Köln"}, {}, Nobody()),
        ({"nachname": "Weber", "strasse": "Ring 9"}, {}, Nobody()),
        ({"nachname": "Weber", "titel": ""}, {}, Nobody()),
        ({"nachname": "Weber", "strasse": ""}, {"strasse": ""}, Nobody()),
        ({"nachname": "Weber", "ort": ""}, {"ort": ""}, Nobody()),
        ({"nachname": "Weber", "external_id": "a"}, {"external_id": "b"}, Nobody()),
    ],
)
def test_who_is_the_same_therapist(
    listed: dict[str, object], stored: dict[str, object], identity: Identity
) -> None:
    assert identify(person(**listed), [known(**stored)]) == identity


def test_the_external_id_decides_before_the_name() -> None:
    candidates = [
        Known(1, person(nachname="Weber", external_id="a")),
        Known(2, person(external_id=None)),
    ]
    assert identify(person(external_id="a"), candidates) == Same(1)


@pytest.mark.parametrize("listed", [{}, {"nachname": "Weber"}])
def test_two_that_fit_are_reported_and_not_guessed(listed: dict[str, object]) -> None:
    twins = [Known(9, person()), Known(4, person())]
    assert identify(person(**listed), twins) == Ambiguous((4, 9))


def test_a_colleague_of_the_same_first_name_is_not_taken_for_a_renamed_one() -> None:
    colleague, newcomer = known(), person(nachname="Weber")
    listed = {colleague.person.name_key, newcomer.name_key}
    assert identify(newcomer, [colleague], listed) == Nobody()


def test_a_removal_never_follows_a_change_of_name() -> None:
    assert identify_by_name(person(nachname="Weber"), [known()]) == Nobody()
    assert identify_by_name(person(), [known()]) == Same(1)


def test_nobody_is_found_among_no_candidates() -> None:
    assert identify(person(), []) == Nobody()


FORMER = Known(1, person(nachname="Weber", plz="50667", external_id="b"), former=True)


@pytest.mark.parametrize(
    ("listed", "identity"),
    [
        ({}, Same(1)),
        ({"nachname": "Weber", "plz": "50667"}, Same(1, former=True)),
        ({"external_id": "b", "vorname": "Anna"}, Same(1, former=True)),
        ({"nachname": "Null", "plz": "50667"}, Same(1, former=True)),
        ({"vorname": "Anna"}, Nobody()),
    ],
)
def test_an_entry_that_was_merged_leads_to_whom_it_was_merged_into(
    listed: dict[str, object], identity: Identity
) -> None:
    assert identify(person(**listed), [known(), FORMER]) == identity


def test_a_merged_entry_with_the_therapists_own_name_makes_nobody_ambiguous() -> None:
    assert identify(person(), [known(), Known(1, person(), former=True)]) == Same(1)
