import json
from typing import Any

import pytest

from therapist_service.domain.scrape import (
    LARGEST_RECORD_BYTES,
    MOST_RECORDS,
    Kind,
    Listing,
    Rejection,
    UnreadableFile,
    read_file,
)

LEHMANN: dict[str, Any] = {
    "basic_info": {
        "salutation": "Frau",
        "title": "Dr. phil.",
        "first_name": "Jördis",
        "last_name": "Lehmann",
    },
    "location": {
        "street": "Pontstraße",
        "house_number": "12a",
        "postal_code": "52062",
        "city": "Aachen",
    },
    "contact": {"phone": "0221 4710123", "email": "praxis@example.org", "fax": ""},
    "telephone_hours": {"montag": ["09:00-10:00"]},
    "languages": ["Englisch", "Polnisch", "Englisch"],
    "therapy_methods": ["Verhaltenstherapie Erwachsene", "Klangschalentherapie"],
}


def record(section: str | None = None, **changes: object) -> dict[str, Any]:
    if section is None:
        return {**LEHMANN, **changes}
    return {**LEHMANN, section: {**LEHMANN[section], **changes}}


def written(document: object) -> bytes:
    return json.dumps(document).encode()


def entries_of(document: object) -> list[Listing | Rejection]:
    return list(read_file(written(document)).entries())


def fields_of(entry: object) -> dict[str, object]:
    [listing] = entries_of({"therapists": [entry]})
    assert isinstance(listing, Listing), listing
    return dict(listing.therapist.fields)


@pytest.mark.parametrize(
    ("document", "kinds", "scrape_id"),
    [
        (
            {"metadata": {"scrape_id": "s1"}, "changes": {"additions": [LEHMANN]}},
            [Kind.ADDITION],
            "s1",
        ),
        (
            {
                "metadata": {"scrape_id": 17},
                "changes": {
                    "deletions": [LEHMANN],
                    "modifications": [LEHMANN],
                    "additions": [LEHMANN],
                },
                "statistics": {},
            },
            [Kind.ADDITION, Kind.MODIFICATION, Kind.DELETION],
            "17",
        ),
        (
            {
                "timestamp": "2026-11-01T03:00:00",
                "scrape_id": "s2",
                "additions": [],
                "modifications": None,
                "deletions": [LEHMANN],
            },
            [Kind.DELETION],
            "s2",
        ),
        ({"therapists": [LEHMANN, LEHMANN]}, [Kind.SNAPSHOT, Kind.SNAPSHOT], None),
        ({"therapists": []}, [], None),
    ],
)
def test_three_file_shapes_become_one_list(
    document: object, kinds: list[Kind], scrape_id: str | None
) -> None:
    file = read_file(written(document))
    entries = list(file.entries())
    assert [entry.kind for entry in entries if isinstance(entry, Listing)] == kinds
    assert [entry.index for entry in entries] == list(range(len(kinds)))
    assert file.scrape_id == scrape_id


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, "not_an_object"),
        ([LEHMANN], "not_an_object"),
        ({}, "unknown_shape"),
        ({"changes": []}, "unknown_shape"),
        ({"changes": {}}, "unknown_shape"),
        ({"therapists": {}}, "therapists_not_a_list"),
        ({"additions": "all"}, "additions_not_a_list"),
    ],
)
def test_a_file_of_another_shape_is_refused(document: object, code: str) -> None:
    with pytest.raises(UnreadableFile, match=code):
        read_file(written(document))


def test_a_record_is_read_into_our_fields() -> None:
    assert fields_of(LEHMANN) == {
        "anrede": "Frau",
        "titel": "Dr. phil.",
        "vorname": "Jördis",
        "nachname": "Lehmann",
        "geschlecht": "weiblich",
        "strasse": "Pontstraße 12a",
        "plz": "52062",
        "ort": "Aachen",
        "telefon": "0221 4710123",
        "email": "praxis@example.org",
        "telefonische_erreichbarkeit": {"montag": ["09:00-10:00"]},
        "fremdsprachen": ["Englisch", "Polnisch"],
        "psychotherapieverfahren": ["Verhaltenstherapie", "Klangschalentherapie"],
        "altersgruppe": "erwachsene",
    }


def test_an_unknown_procedure_is_reported_with_the_listing() -> None:
    [listing] = entries_of({"therapists": [LEHMANN]})
    assert isinstance(listing, Listing)
    assert listing.therapist.unknown_procedures == ("Klangschalentherapie",)


def test_null_is_a_surname() -> None:
    assert fields_of(record("basic_info", last_name="Null"))["nachname"] == "Null"


def test_what_a_record_does_not_know_it_does_not_say() -> None:
    bare = {
        "basic_info": {"first_name": "Kim", "last_name": "Yıldız"},
        "location": {"postal_code": "52062"},
    }
    assert fields_of(bare) == {"vorname": "Kim", "nachname": "Yıldız", "plz": "52062"}


def test_numbers_are_accepted_where_they_stand_for_texts() -> None:
    fields = fields_of(record("location", house_number=7, postal_code=1067) | {"external_id": 4711})
    assert (fields["strasse"], fields["plz"]) == ("Pontstraße 7", "01067")
    assert fields["external_id"] == "4711"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (None, "not_an_object"),
        ("Lehmann", "not_an_object"),
        (record(basic_info=[]), "basic_info: not_an_object"),
        (record("basic_info", last_name=None), "basic_info.last_name: missing"),
        (record("basic_info", last_name="  "), "basic_info.last_name: missing"),
        (record("basic_info", first_name=5), "basic_info.first_name: not_text"),
        (record(location=None), "location.postal_code: missing"),
        (record("location", postal_code="ABCDE"), "location.postal_code: not_a_postcode"),
        (record("location", postal_code="520622"), "location.postal_code: not_a_postcode"),
        (record("location", postal_code=True), "location.postal_code: not_text"),
        (record("contact", email=["a"]), "contact.email: not_text"),
        (record("contact", fax="\x00"), "contact.fax: unreadable_characters"),
        (record("contact", fax="0" * 201), "contact.fax: too_long"),
        (record(external_id=10**200), "external_id: too_long"),
        (record("basic_info", salutation="F" * 51), "basic_info.salutation: too_long"),
        (record("location", street="S" * 198), "location.street: too_long"),
        (record(languages=[f"L{n}" for n in range(101)]), "languages: too_many"),
        (record(therapy_methods=[f"V{n}" for n in range(101)]), "therapy_methods: too_many"),
        (record("contact", phone="\ud800"), "contact.phone: unreadable_characters"),
        (record(telephone_hours="morgens"), "telephone_hours: not_an_object"),
        (record(languages="Englisch"), "languages: not_a_list"),
        (record(languages=["Englisch", None]), "languages[1]: not_text"),
        (record(therapy_methods=[{}]), "therapy_methods[0]: not_text"),
    ],
)
def test_a_bad_record_is_rejected_with_its_reason_and_harms_no_other(
    broken: object, reason: str
) -> None:
    first, second = entries_of({"therapists": [broken, LEHMANN]})
    assert first == Rejection(0, reason)
    assert isinstance(second, Listing)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"basic_info": {"last_name": "A", "last_name": "B"}}', "duplicate_key: last_name"),
        (b'{"languages": ' + b"[" * 40 + b"]" * 40 + b"}", "nested_too_deeply"),
        (b'{"languages": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", "nested_too_deeply"),
        (b"9" * 5000, "unreadable_number"),
        (b'{"languages": ["' + b"x" * LARGEST_RECORD_BYTES + b'"]}', "too_large"),
    ],
)
def test_what_would_cost_too_much_to_read_is_rejected_unread(broken: bytes, reason: str) -> None:
    content = b'{"therapists": [' + broken + b"," + json.dumps(LEHMANN).encode() + b"]}"
    first, second = read_file(content).entries()
    assert first == Rejection(0, reason)
    assert isinstance(second, Listing)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"therapists": [], "therapists": []}', "duplicate_key: therapists"),
        (b"{" + b",".join(b'"%d": 0' % number for number in range(101)) + b"}", "unknown_shape"),
        (b'{"therapists": [' + b"0," * MOST_RECORDS + b"0]}", "too_many_records"),
        ('{"therapists": []}'.encode("utf-16"), "not_utf8"),
        (b'{"therapists": ["J\xf6rg"', "not_utf8"),
        ('{"therapists": ["Jö'.encode()[:-1], "not_json"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_by_name(content: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile, match=code):
        read_file(content)
