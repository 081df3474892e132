"""What a patient record may say, and which words mean the same in v1 and v2."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patient_service.domain.plausibility import Fault

OFFEN = "offen"
AUF_DER_SUCHE = "auf der Suche"
IN_THERAPIE = "in Therapie"
THERAPIE_ABGESCHLOSSEN = "Therapie abgeschlossen"
SUCHE_ABGEBROCHEN = "Suche abgebrochen"
THERAPIE_ABGEBROCHEN = "Therapie abgebrochen"
STATUSES = (
    OFFEN,
    AUF_DER_SUCHE,
    IN_THERAPIE,
    THERAPIE_ABGESCHLOSSEN,
    SUCHE_ABGEBROCHEN,
    THERAPIE_ABGEBROCHEN,
)
GENDERS = ("männlich", "weiblich", "divers", "keine_Angabe")
INSURANCE_KINDS = ("gesetzlich", "privat", "selbstzahler", "kostenerstattung")
PROCEDURES = (
    "Verhaltenstherapie",
    "Tiefenpsychologisch fundierte Psychotherapie",
    "Analytische Psychotherapie",
    "Systemische Therapie",
    "Egal",
)
PLACE_STATUSES = ("exact", "approximate", "pending", "unknown")

STATUS_AFTER_SEARCH = {
    "successful": IN_THERAPIE,
    "abandoned": SUCHE_ABGEBROCHEN,
}
"""Patient status that follows from the end of a Platzsuche."""

KEPT_BY_US = frozenset(
    {
        *("id", "latitude", "longitude", "place_status", "created_at", "updated_at", "version"),
        "likely_duplicates",
    }
)
"""What a caller has read and may send back, but does not decide."""

TRAVEL_MODES = {"Auto": "car", "ÖPNV": "transit"}
GENDER_PREFERENCES = {"Männlich": "male", "Weiblich": "female", "Egal": "any"}


@dataclass(frozen=True)
class Alias:
    """A v1 field that is another spelling of a column. `words` maps old values to new ones."""

    old: str
    new: str
    words: Mapping[str, str] | None = None

    def to_new(self, value: Any) -> Any:
        if value is None:
            return None
        if self.new == "max_travel_distance_km":
            return value["max_km"]
        return self.words[value] if self.words else value

    def to_old(self, value: Any) -> Any:
        if value is None:
            return None
        if self.new == "max_travel_distance_km":
            return {"max_km": value}
        return {v: k for k, v in self.words.items()}[value] if self.words else value


ALIASES = (
    Alias("raeumliche_verfuegbarkeit", "max_travel_distance_km"),
    Alias("verkehrsmittel", "travel_mode", TRAVEL_MODES),
    Alias("zeitliche_verfuegbarkeit", "availability_schedule"),
    Alias("bevorzugtes_therapeutengeschlecht", "therapist_gender_preference", GENDER_PREFERENCES),
    Alias("offen_fuer_gruppentherapie", "group_therapy_preference"),
)


def to_columns(fields: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The request's fields under their column names, and where old and new names differ."""
    columns = {name: value for name, value in fields.items() if name not in KEPT_BY_US}
    faults = []
    for alias in ALIASES:
        if alias.old not in columns:
            continue
        value = alias.to_new(columns.pop(alias.old))
        if columns.setdefault(alias.new, value) != value:
            faults += [
                Fault(alias.old, "alias_conflict", alias.new),
                Fault(alias.new, "alias_conflict", alias.old),
            ]
    return columns, faults
