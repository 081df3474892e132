from typing import Any

import pytest

from therapist_service.domain.duplicates import Because, Clues, Likeness, likely_because

NAME, SIMILAR, SWAPPED = Because.SAME_NAME, Because.SIMILAR_NAME, Because.SWAPPED_NAMES
ADDRESS, POSTCODE, MAILBOX = Because.SAME_ADDRESS, Because.SAME_POSTCODE, Because.SAME_MAILBOX

ANNA = {
    "vorname": "Anna",
    "nachname": "Müller-Lüdenscheidt",
    "strasse": "Hauptstraße 1",
    "plz": "52062",
    "email": "praxis@example.org",
    "telefon": "492214710123",
}
ELSEWHERE = {"plz": "50667", "email": "anna@example.org", "telefon": None}
DIFFERENT = Likeness(slips=12, sound_alike=False)


@pytest.mark.parametrize(
    ("changes", "names", "because"),
    [
        ({}, DIFFERENT, (NAME, ADDRESS, MAILBOX)),
        ({"nachname": "MUELLER LUEDENSCHEIDT"}, DIFFERENT, (NAME, ADDRESS, MAILBOX)),
        ({"strasse": "Hauptstr.1"}, DIFFERENT, (NAME, ADDRESS, MAILBOX)),
        ({"strasse": "Markt 3"}, DIFFERENT, (NAME, POSTCODE, MAILBOX)),
        ({"strasse": None}, DIFFERENT, (NAME, POSTCODE, MAILBOX)),
        ({"email": None, "telefon": None}, DIFFERENT, (NAME, ADDRESS)),
        ({"email": "anna@example.org"}, DIFFERENT, (NAME, ADDRESS, MAILBOX)),
        ({"plz": None}, DIFFERENT, (NAME, MAILBOX)),
        (ELSEWHERE, DIFFERENT, ()),
        ({"vorname": "Hanna"}, Likeness(1, sound_alike=False), (SIMILAR, ADDRESS, MAILBOX)),
        ({"vorname": "Hanna", "plz": "50667"}, Likeness(1, sound_alike=False), (SIMILAR, MAILBOX)),
        ({"vorname": "Hanna", **ELSEWHERE}, Likeness(1, sound_alike=True), ()),
        ({"vorname": "Bert"}, DIFFERENT, ()),
        (
            {"vorname": ANNA["nachname"], "nachname": ANNA["vorname"]},
            DIFFERENT,
            (SWAPPED, ADDRESS, MAILBOX),
        ),
        ({"vorname": ANNA["nachname"], "nachname": ANNA["vorname"], **ELSEWHERE}, DIFFERENT, ()),
    ],
)
def test_names_alike_and_one_thing_more_in_common_are_a_likely_duplicate(
    changes: dict[str, Any], names: Likeness, because: tuple[Because, ...]
) -> None:
    one, other = Clues.of(ANNA), Clues.of({**ANNA, **changes})

    assert likely_because(one, other, names) == because
    assert likely_because(other, one, names) == because


@pytest.mark.parametrize(
    ("name", "other_name", "slips", "sound_alike", "similar"),
    [
        (("Eva", "Ott"), ("Eve", "Ott"), 1, False, True),
        (("Ed", "Ott"), ("Al", "Ott"), 2, False, False),
        (("Eva", "Ott"), ("Uwe", "Ott"), 3, False, False),
        (("Philipp", "Meyer"), ("Filip", "Maier"), 5, True, True),
        (("Philipp", "Meyer"), ("Filip", "Maier"), 5, False, False),
        (("Ina", "Lee"), ("Anna", "Lau"), 4, True, False),
    ],
)
def test_a_name_is_similar_by_few_slips_of_its_length_or_by_its_sound(
    name: tuple[str, str],
    other_name: tuple[str, str],
    slips: int,
    sound_alike: bool,
    similar: bool,
) -> None:
    one, other = (
        Clues.of({"vorname": first, "nachname": last, "plz": "52062"})
        for first, last in (name, other_name)
    )

    found = likely_because(one, other, Likeness(slips, sound_alike))

    assert found == ((SIMILAR, POSTCODE) if similar else ())


def test_what_is_unknown_is_in_common_with_nobody() -> None:
    nameless = Clues.of({"vorname": "Anna", "nachname": "Null", "email": "", "plz": None})

    assert likely_because(nameless, nameless, DIFFERENT) == ()
