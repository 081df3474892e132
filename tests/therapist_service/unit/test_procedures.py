import pytest

from therapist_service.domain.procedures import read_procedures
from therapist_service.domain.therapist import Altersgruppe

TP = "Tiefenpsychologisch fundierte Psychotherapie"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Verhaltenstherapie", "Verhaltenstherapie"),
        ("Verhaltenstherapie Erwachsene", "Verhaltenstherapie"),
        ("VERHALTENSTHERAPIE (Kinder und Jugendliche)", "Verhaltenstherapie"),
        ("Verhaltenstherapie bei Kindern und Jugendlichen", "Verhaltenstherapie"),
        ("Verhaltenstherapie - Gruppentherapie Erwachsene", "Verhaltenstherapie"),
        ("VT", "Verhaltenstherapie"),
        ("tiefenpsychologisch fundierte Psychotherapie", TP),
        ("Tiefenpsychologisch fundierte Therapie Erwachsene", TP),
        ("Tiefenpsychologisch  fundierte Psychotherapie für Erwachsene", TP),
        ("Analytische Psychotherapie Kinder- und Jugendliche", "Analytische Psychotherapie"),
        ("Psychoanalyse", "Analytische Psychotherapie"),
        ("Systemische Therapie Erwachsene", "Systemische Therapie"),
        ("Systemische Psychotherapie", "Systemische Therapie"),
    ],
)
def test_names_of_all_sources_are_translated(written: str, name: str) -> None:
    procedures = read_procedures([written])
    assert procedures.names == (name,)
    assert procedures.unknown == ()


def test_an_unknown_name_is_kept_and_reported() -> None:
    procedures = read_procedures(["Verhaltenstherapie", "Klangschalentherapie"])
    assert procedures.names == ("Verhaltenstherapie", "Klangschalentherapie")
    assert procedures.unknown == ("Klangschalentherapie",)


def test_two_spellings_of_one_procedure_are_one() -> None:
    written = ["Verhaltenstherapie Erwachsene", "Verhaltenstherapie Kinder und Jugendliche", " "]
    assert read_procedures(written).names == ("Verhaltenstherapie",)


@pytest.mark.parametrize(
    ("written", "altersgruppe"),
    [
        (["Verhaltenstherapie Erwachsene"], Altersgruppe.ERWACHSENE),
        (["Verhaltenstherapie Kinder und Jugendliche"], Altersgruppe.KINDER_JUGENDLICHE),
        (["VT KJ"], Altersgruppe.KINDER_JUGENDLICHE),
        (["VT Erwachsene", "VT Kinder und Jugendliche"], Altersgruppe.BEIDE),
        (["Verhaltenstherapie"], None),
        ([], None),
    ],
)
def test_the_age_of_patients_is_read_from_the_names_or_unknown(
    written: list[str], altersgruppe: Altersgruppe | None
) -> None:
    assert read_procedures(written).altersgruppe == altersgruppe
