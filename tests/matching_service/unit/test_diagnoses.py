import pytest

from matching_service.domain.diagnoses import codes_in, diagnosis_matches


@pytest.mark.parametrize(
    ("preference", "diagnosis", "matches"),
    [
        ("F32", "F32.1", True),
        ("F32.1", "F32", True),
        ("F32.1", "F32.1", True),
        ("F32.1", "F32.2", False),
        ("F32", "F33.1", False),
        ("F33.1", "F33.10", True),
        ("f32", "F32.1", True),
        ("F32.-", "F32.2", True),
        ("F30-F39", "F32.1", True),
        ("F30-F39", "F39", True),
        ("F30-F39", "F40.0", False),
        ("F30.- – F39.-", "F34.1", True),
        ("F40-F48", "F39.9", False),
        ("F32", "F32.1 G", True),
        ("F41", "F32.1, F41.0", True),
        ("F32", "mittelgradige depressive Episode", None),
        ("Depressionen", "F32.1", None),
        ("F32", "", None),
        ("F3", "F32.1", None),
        ("F32", "F321", None),
    ],
)
def test_a_diagnosis_falls_under_a_preference_when_one_of_the_two_contains_the_other(
    preference: str, diagnosis: str, matches: bool | None
) -> None:
    assert diagnosis_matches(preference, diagnosis) is matches


def test_several_codes_are_found_in_one_text() -> None:
    assert codes_in("F32.1 G, F41.-; Z73") == ("F321", "F41", "Z73")
