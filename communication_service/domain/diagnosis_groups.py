"""ICD-10 codes as groups. Rare diagnoses show only the width of their chapter."""

import re
from enum import StrEnum

from communication_service.domain.unknown import MISSING, UNRECOGNISED, Unknown


class DiagnosisGroup(StrEnum):
    ORGANIC = "organic"
    SUBSTANCES = "substances"
    PSYCHOSIS = "psychosis"
    BIPOLAR = "bipolar"
    DEPRESSION = "depression"
    OTHER_AFFECTIVE = "other_affective"
    ANXIETY = "anxiety"
    COMPULSION = "compulsion"
    STRESS = "stress"
    DISSOCIATION = "dissociation"
    SOMATOFORM = "somatoform"
    OTHER_NEUROTIC = "other_neurotic"
    EATING = "eating"
    OTHER_BODILY_BEHAVIOUR = "other_bodily_behaviour"
    PERSONALITY = "personality"
    OTHER_PERSONALITY = "other_personality"
    INTELLECTUAL_DISABILITY = "intellectual_disability"
    DEVELOPMENT = "development"
    ATTENTION = "attention"
    CHILDHOOD = "childhood"
    UNSPECIFIED = "unspecified"
    OUTSIDE_F = "outside_f"


# The last category (F00 to F99) that belongs to each group.
LAST_CATEGORY = (
    (9, DiagnosisGroup.ORGANIC),
    (19, DiagnosisGroup.SUBSTANCES),
    (29, DiagnosisGroup.PSYCHOSIS),
    (31, DiagnosisGroup.BIPOLAR),
    (33, DiagnosisGroup.DEPRESSION),
    (39, DiagnosisGroup.OTHER_AFFECTIVE),
    (41, DiagnosisGroup.ANXIETY),
    (42, DiagnosisGroup.COMPULSION),
    (43, DiagnosisGroup.STRESS),
    (44, DiagnosisGroup.DISSOCIATION),
    (45, DiagnosisGroup.SOMATOFORM),
    (49, DiagnosisGroup.OTHER_NEUROTIC),
    (50, DiagnosisGroup.EATING),
    (59, DiagnosisGroup.OTHER_BODILY_BEHAVIOUR),
    (61, DiagnosisGroup.PERSONALITY),
    (69, DiagnosisGroup.OTHER_PERSONALITY),
    (79, DiagnosisGroup.INTELLECTUAL_DISABILITY),
    (89, DiagnosisGroup.DEVELOPMENT),
    (90, DiagnosisGroup.ATTENTION),
    (98, DiagnosisGroup.CHILDHOOD),
    (99, DiagnosisGroup.UNSPECIFIED),
)

# F32, F32.1, F32.- and the outpatient marks for certain, suspected, excluded, past.
ICD10_CODE = re.compile(r"([A-Z])(\d\d)(?:\.[\d-]{1,2})?\s?[GVAZ]?", re.ASCII)


def diagnosis_group(icd10: str | None) -> DiagnosisGroup | Unknown:
    if icd10 is None or not icd10.strip():
        return MISSING
    code = ICD10_CODE.fullmatch(icd10.strip().upper())
    if code is None:
        return UNRECOGNISED
    if code[1] != "F":
        return DiagnosisGroup.OUTSIDE_F
    return next(group for last, group in LAST_CATEGORY if int(code[2]) <= last)
