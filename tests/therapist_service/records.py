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
