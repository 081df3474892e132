"""From the bytes of a scraper's file to listings that can be written, and what is wrong with it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.phone_number import e164
from shared.contracts.weekly_schedule import ScheduleError, parse_weekly_schedule
from therapist_service.domain.identity import Person
from therapist_service.domain.scrape import Kind, Listing, Rejection, UnreadableFile, read_file
from therapist_service.use_cases.contact_data import email_address

_LONGEST_TEXT = 200


@dataclass(frozen=True)
class Remark:
    """Something to look at in a record that was taken; never a contact of the therapist."""

    index: int
    code: str
    value: str | None = None


@dataclass(frozen=True)
class ReadListing:
    """A listing whose fields are as they are stored."""

    index: int
    kind: Kind
    person: Person
    fields: Mapping[str, Any]
    remarks: tuple[Remark, ...]

    @property
    def plz(self) -> str:
        return str(self.fields["plz"])


@dataclass(frozen=True)
class Scrape:
    scrape_id: str | None
    entries: tuple[ReadListing | Rejection, ...]

    @property
    def listings(self) -> list[ReadListing]:
        return [entry for entry in self.entries if isinstance(entry, ReadListing)]


def read_scrape(content: bytes) -> Scrape:
    """Raises UnreadableFile for what is no JSON (yet) or has none of the three shapes."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise UnreadableFile("not_json") from None
    file = read_file(document)
    scrape_id = None if file.scrape_id is None else _storable(file.scrape_id)
    return Scrape(scrape_id, tuple(_read(entry) for entry in file.entries))


def _read(entry: Listing | Rejection) -> ReadListing | Rejection:
    if isinstance(entry, Rejection):
        return _rejection(entry.index, entry.reason)
    try:
        fields = _with_hours(entry.therapist.fields)
    except ScheduleError as error:
        return _rejection(entry.index, f"telephone_hours.{error}")
    fields, unusable = _with_usable_contacts(fields)
    unknown = [
        Remark(entry.index, "unknown_procedure", name)
        for name in entry.therapist.unknown_procedures
    ]
    remarks = (*unknown, *(Remark(entry.index, code) for code in unusable))
    return ReadListing(entry.index, entry.kind, Person.of(fields), fields, remarks)


def _with_hours(fields: Mapping[str, Any]) -> dict[str, Any]:
    if "telefonische_erreichbarkeit" not in fields:
        return dict(fields)
    hours = parse_weekly_schedule(fields["telefonische_erreichbarkeit"])
    return {**fields, "telefonische_erreichbarkeit": hours}


def _with_usable_contacts(fields: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Nobody can be reached under what is no address: it must not pass for a channel."""
    unusable = dict(_unusable_contacts(fields))
    kept = {name: value for name, value in fields.items() if name not in unusable}
    return kept, list(unusable.values())


def _unusable_contacts(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "email" in fields and email_address(fields["email"]) is None:
        yield "email", "unusable_email"
    if "telefon" in fields and e164(fields["telefon"]) is None:
        yield "telefon", "unusable_phone"


def _rejection(index: int, reason: str) -> Rejection:
    return Rejection(index, _storable(reason))


def _storable(text: str) -> str:
    """What a stranger wrote, fit for a report: short, and without what no database stores."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_LONGEST_TEXT])
