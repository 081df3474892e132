"""From the bytes of a scraper's file to listings that can be written, and what is wrong with it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.phone_number import e164
from shared.contracts.weekly_schedule import ScheduleError, parse_weekly_schedule
from therapist_service.domain.identity import NameKey, Person, name_key_of
from therapist_service.domain.scrape import (
    Kind,
    Listing,
    Rejection,
    ScrapeFile,
    UnreadableFile,
    read_file,
)
from therapist_service.gateways.files import LARGEST_FILE_BYTES
from therapist_service.use_cases.contact_data import email_address

_LONGEST_TEXT = 200
_LONGEST_NUMBER = 50  # as for our own doors


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
    """`listed` are the names in the file, without those that are gone; `plzs` its postcodes."""

    scrape_id: str | None
    listed: Collection[NameKey]
    plzs: Collection[str]
    _file: ScrapeFile = field(repr=False)

    def __len__(self) -> int:
        return len(self._file)

    def entries(self, first: int = 0, end: int | None = None) -> list[ReadListing | Rejection]:
        return [_read(entry) for entry in self._file.entries(first, end)]


def read_scrape(content: bytes) -> Scrape:
    """Looks at every record once. Raises UnreadableFile for what is no JSON (yet), none of the
    three shapes, or too much."""
    if len(content) > LARGEST_FILE_BYTES:
        raise UnreadableFile("too_large")
    try:
        file = read_file(content)
        names = [(kind, name_key_of(name)) for kind, name in file.names()]
    except UnreadableFile as error:
        raise UnreadableFile(_storable(str(error))) from None
    return Scrape(
        scrape_id=None if file.scrape_id is None else _storable(file.scrape_id),
        listed={name for kind, name in names if kind is not Kind.DELETION},
        plzs={plz for _, (_, _, plz) in names},
        _file=file,
    )


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
    if "telefon" in fields and not _can_be_dialled(fields["telefon"]):
        yield "telefon", "unusable_phone"
    if "fax" in fields and not _can_be_dialled(fields["fax"]):
        yield "fax", "unusable_fax"


def _can_be_dialled(written: str) -> bool:
    return len(written) <= _LONGEST_NUMBER and e164(written) is not None


def _rejection(index: int, reason: str) -> Rejection:
    return Rejection(index, _storable(reason))


def _storable(text: str) -> str:
    """What a stranger wrote, fit for a report: short, and without what no database stores."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_LONGEST_TEXT])
