"""Records as the scraper writes them, and files that hold them."""

from typing import Any

KIM: dict[str, Any] = {
    "basic_info": {"salutation": "Frau", "title": "", "first_name": "Kim", "last_name": "Null"},
    "location": {
        "street": "Markt",
        "house_number": "1",
        "postal_code": "52062",
        "city": "Aachen",
    },
    "contact": {"phone": "0221 4710123", "email": "praxis@example.org", "fax": ""},
    "telephone_hours": {"Mo": ["09:00-10:00"]},
    "languages": ["Englisch"],
    "therapy_methods": ["Verhaltenstherapie Erwachsene"],
}


def record(**changes: Any) -> dict[str, Any]:
    """KIM with other values inside the section that has them."""
    sections = {
        section: {**value, **{n: v for n, v in changes.items() if n in value}}
        if isinstance(value, dict)
        else value
        for section, value in KIM.items()
    }
    return sections | {n: v for n, v in changes.items() if n in KIM or n == "external_id"}


def added(*records: Any) -> dict[str, Any]:
    return {"additions": list(records)}


def modified(*records: Any) -> dict[str, Any]:
    return {"modifications": list(records)}


def deleted(*records: Any) -> dict[str, Any]:
    return {"deletions": list(records)}


def counts(**expected: int) -> dict[str, int]:
    return {"new": 0, "changed": 0, "unchanged": 0, "removed": 0, "rejected": 0, **expected}


BLOCKED = {"status": "gesperrt", "sperrgrund": "auf eigenen Wunsch", "sperrdatum": "2026-01-02"}
OWNED_BY_STAFF: list[dict[str, Any]] = [
    BLOCKED,
    {"status": "inaktiv"},
    {"kassensitz": False},
    {"potentially_available": True},
    {"potentially_available_notes": "ab März"},
    {"freie_einzeltherapieplaetze_ab": "2027-03-01"},
    {"freie_gruppentherapieplaetze_ab": "2027-03-01"},
    {"preferred_diagnoses": ["F32"]},
    {"age_min": 30},
    {"age_max": 60},
    {"gender_preference": "female"},
    {"group_therapy_preference": True},
    {"working_hours": {"monday": [{"start": "08:00", "end": "12:00"}]}},
    {"letzter_kontakt_email": "2026-01-02"},
    {"letzter_kontakt_telefon": "2026-01-02"},
    {"letztes_persoenliches_gespraech": "2026-01-02"},
    {"kontakt_wieder_ab": "2027-03-01"},
    {"kein_kontakt": {"date": "2026-01-02", "channel": "phone"}},
    {"notes": "spricht leise"},
]
UNREADABLE: list[tuple[Any, str]] = [
    ("Kim", "not_an_object"),
    (None, "not_an_object"),
    (record(last_name=""), "basic_info.last_name: missing"),
    (record(postal_code="?"), "location.postal_code: not_a_postcode"),
    (record(postal_code=52062.5), "location.postal_code: not_text"),
    (record(last_name="x" * 201), "basic_info.last_name: too_long"),
    (record(phone="\ud800"), "contact.phone: unreadable_characters"),
    (record(telephone_hours={"Mo": ["9-10"]}), "telephone_hours.Mo[0].start: not_a_time"),
    (record(telephone_hours={"\ud800\x00": []}), "telephone_hours.??: unknown_day"),
    (record(languages=["x"] * 20_000), "too_large"),
]
