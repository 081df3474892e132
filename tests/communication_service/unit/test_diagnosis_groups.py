import pytest

from communication_service.domain.diagnosis_groups import DiagnosisGroup, diagnosis_group
from communication_service.domain.unknown import MISSING, UNRECOGNISED, Unknown


@pytest.mark.parametrize(
    ("icd10", "group"),
    [
        ("F00", DiagnosisGroup.ORGANIC),
        ("F10.2", DiagnosisGroup.SUBSTANCES),
        ("F20.0", DiagnosisGroup.PSYCHOSIS),
        ("F31.9", DiagnosisGroup.BIPOLAR),
        ("F32.1", DiagnosisGroup.DEPRESSION),
        ("F33", DiagnosisGroup.DEPRESSION),
        ("F34.1", DiagnosisGroup.OTHER_AFFECTIVE),
        ("F40.01", DiagnosisGroup.ANXIETY),
        ("F41.1", DiagnosisGroup.ANXIETY),
        ("F42.-", DiagnosisGroup.COMPULSION),
        ("F43.1", DiagnosisGroup.STRESS),
        ("F44", DiagnosisGroup.DISSOCIATION),
        ("F45.41", DiagnosisGroup.SOMATOFORM),
        ("F48.0", DiagnosisGroup.OTHER_NEUROTIC),
        ("F50.2", DiagnosisGroup.EATING),
        ("F51.0", DiagnosisGroup.OTHER_BODILY_BEHAVIOUR),
        ("F60.31", DiagnosisGroup.PERSONALITY),
        ("F79", DiagnosisGroup.INTELLECTUAL_DISABILITY),
        ("F84.5", DiagnosisGroup.DEVELOPMENT),
        ("F90.0", DiagnosisGroup.ATTENTION),
        ("F98.8", DiagnosisGroup.CHILDHOOD),
        ("F99", DiagnosisGroup.UNSPECIFIED),
        ("Z73", DiagnosisGroup.OUTSIDE_F),
    ],
)
def test_a_code_belongs_to_its_group(icd10: str, group: DiagnosisGroup) -> None:
    assert diagnosis_group(icd10) == group


@pytest.mark.parametrize("icd10", ["F64.0", "F65.4", "F66.2"])
def test_a_rare_diagnosis_shows_only_its_chapter(icd10: str) -> None:
    assert diagnosis_group(icd10) == DiagnosisGroup.OTHER_PERSONALITY


@pytest.mark.parametrize("icd10", ["f32.1", " F32.1 ", "F32.1 G", "F32.1G"])
def test_spelling_and_certainty_mark_do_not_matter(icd10: str) -> None:
    assert diagnosis_group(icd10) == DiagnosisGroup.DEPRESSION


@pytest.mark.parametrize(
    ("icd10", "unknown"),
    [
        (None, MISSING),
        ("", MISSING),
        ("  ", MISSING),
        ("Depression", UNRECOGNISED),
        ("F3", UNRECOGNISED),
        ("F32.1, F41.0", UNRECOGNISED),
        ("F32.1\nBcc: a@b.de", UNRECOGNISED),
        ("F३२", UNRECOGNISED),
    ],
)
def test_what_is_no_single_code_is_unknown(icd10: str | None, unknown: Unknown) -> None:
    assert diagnosis_group(icd10) == unknown
