from datetime import date

import pytest

from therapist_service.domain.listing import FIRST_LISTING, delisting, merge, relisting
from therapist_service.domain.therapist import STAFF_OWNED, Status

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("field", sorted(STAFF_OWNED))
def test_no_listing_overwrites_what_staff_own(field: str) -> None:
    assert merge({field: "set by staff"}, {field: "scraped"}) == {}


def test_staff_own_at_least_what_the_contact_law_and_matching_rest_on() -> None:
    assert {
        "status",
        "sperrgrund",
        "sperrdatum",
        "kassensitz",
        "potentially_available",
        "potentially_available_notes",
        "preferred_diagnoses",
        "age_min",
        "age_max",
        "gender_preference",
        "group_therapy_preference",
        "working_hours",
        "letzter_kontakt_email",
        "letzter_kontakt_telefon",
        "letztes_persoenliches_gespraech",
        "next_contactable_date",
        "last_contact_date",
        "kein_kontakt",
    } <= STAFF_OWNED


@pytest.mark.parametrize("empty", [None, "", [], {}])
@pytest.mark.parametrize("field", ["email", "telefon", "telefonische_erreichbarkeit"])
def test_an_empty_value_never_replaces_a_filled_one(field: str, empty: object) -> None:
    assert merge({field: "filled"}, {field: empty}) == {}


def test_only_what_differs_is_written() -> None:
    existing = {"nachname": "Schmitz", "ort": "Aachen", "email": None}
    scraped = {"nachname": "Weber", "ort": "Aachen", "email": "praxis@example.org"}
    assert merge(existing, scraped) == {"nachname": "Weber", "email": "praxis@example.org"}


def test_a_second_import_changes_nothing() -> None:
    scraped = {"nachname": "Null", "fremdsprachen": ["Türkisch"]}
    assert merge({**merge({}, scraped)}, scraped) == {}


def test_the_first_listing_makes_an_active_therapist_of_the_statutory_system() -> None:
    assert FIRST_LISTING == {"status": "aktiv", "kassensitz": True}


@pytest.mark.parametrize(
    ("status", "delisted_on", "changes"),
    [
        (Status.AKTIV, None, {"status": Status.INAKTIV, "delisted_on": TODAY}),
        (Status.INAKTIV, None, {}),
        (Status.GESPERRT, None, {}),
        (Status.INAKTIV, date(2026, 11, 1), {}),
    ],
)
def test_who_leaves_the_directory_becomes_inactive_once(
    status: Status, delisted_on: date | None, changes: dict[str, object]
) -> None:
    assert delisting({"status": status, "delisted_on": delisted_on}, TODAY) == changes


def test_who_comes_back_to_the_directory_is_active_again() -> None:
    gone = {"status": Status.INAKTIV, "delisted_on": TODAY}
    assert relisting(gone) == {"status": Status.AKTIV, "delisted_on": None}


@pytest.mark.parametrize("status", list(Status))
def test_a_listing_never_lifts_what_staff_have_set(status: Status) -> None:
    assert relisting({"status": status, "delisted_on": None}) == {}
