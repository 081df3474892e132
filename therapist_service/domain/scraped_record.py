"""One therapist as the scraper writes one down, read into our fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from therapist_service.domain.procedures import read_procedures
from therapist_service.domain.therapist import Geschlecht


@dataclass(frozen=True)
class ScrapedTherapist:
    """`fields` holds only what the record knows; phone hours are still in the sender's spelling."""

    fields: Mapping[str, object]
    unknown_procedures: tuple[str, ...]


class RecordError(ValueError):
    """`str()` is `path: code`, for example `basic_info.last_name: missing`."""

    def __init__(self, path: str, code: str) -> None:
        super().__init__(f"{path}: {code}" if path else code)
        self.path = path
        self.code = code


def read_name(record: object) -> Mapping[str, object]:
    """Who is meant and where, of a record that may be unreadable in all else.

    Raises RecordError.
    """
    if not isinstance(record, Mapping):
        raise RecordError("", "not_an_object")
    return {
        "vorname": _required(record, "basic_info.first_name"),
        "nachname": _required(record, "basic_info.last_name"),
        "plz": _postcode(record),
    }


def read_record(record: object) -> ScrapedTherapist:
    if not isinstance(record, Mapping):
        raise RecordError("", "not_an_object")
    procedures = read_procedures(_texts(record, "therapy_methods"))
    fields = {
        **_person(record),
        **_place(record),
        **_contact(record),
        "telefonische_erreichbarkeit": _object(record, "telephone_hours"),
        "fremdsprachen": list(dict.fromkeys(_texts(record, "languages"))),
        "psychotherapieverfahren": list(procedures.names),
        "altersgruppe": procedures.altersgruppe,
    }
    return ScrapedTherapist(
        {name: value for name, value in fields.items() if value}, procedures.unknown
    )


# What our own doors take: whoever sends back what they have read may have it from here.
_LONGEST_TEXT = 200
_LONGEST_SALUTATION = 50
_MOST_WORDS = 100
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_POSTCODE = re.compile(r"[0-9]{5}")
_MAILTO = re.compile(r"^mailto:\s*([^?]*?)\s*(?:\?.*)?$", re.IGNORECASE | re.DOTALL)
_GESCHLECHT = {"herr": Geschlecht.MAENNLICH, "frau": Geschlecht.WEIBLICH}

Record = Mapping[str, object]


def _person(record: Record) -> dict[str, object]:
    anrede = _text(record, "basic_info.salutation", _LONGEST_SALUTATION)
    return {
        "external_id": _number(record, "external_id"),
        "anrede": anrede,
        "titel": _text(record, "basic_info.title"),
        # "Null" is a surname: only an absent or empty one is missing.
        "vorname": _required(record, "basic_info.first_name"),
        "nachname": _required(record, "basic_info.last_name"),
        "geschlecht": _GESCHLECHT.get(anrede.casefold()),
    }


def _place(record: Record) -> dict[str, object]:
    street, number = _text(record, "location.street"), _number(record, "location.house_number")
    return {
        "strasse": _clean("location.street", f"{street} {number}"),
        "plz": _postcode(record),
        "ort": _text(record, "location.city"),
    }


def _contact(record: Record) -> dict[str, object]:
    return {
        "telefon": _text(record, "contact.phone"),
        "email": _MAILTO.sub(r"\1", _text(record, "contact.email")),
        "fax": _text(record, "contact.fax"),
    }


def _postcode(record: Record) -> str:
    postcode = _number(record, "location.postal_code")
    if not postcode:
        raise RecordError("location.postal_code", "missing")
    # Written as a JSON number, a Saxon postcode has lost its leading zero.
    postcode = postcode.zfill(5)
    if not _POSTCODE.fullmatch(postcode):
        raise RecordError("location.postal_code", "not_a_postcode")
    return postcode


def _required(record: Record, path: str) -> str:
    text = _text(record, path)
    if not text:
        raise RecordError(path, "missing")
    return text


def _text(record: Record, path: str, longest: int = _LONGEST_TEXT) -> str:
    value = _value(record, path)
    return _clean(path, "" if value is None else value, longest)


def _number(record: Record, path: str) -> str:
    """House numbers, postcodes and ids are texts that some scrapers write as JSON numbers."""
    value = _value(record, path)
    if isinstance(value, int) and not isinstance(value, bool):
        return _clean(path, str(value))
    return _text(record, path)


def _value(record: Record, path: str) -> object:
    section, _, name = path.rpartition(".")
    return (_object(record, section) if section else record).get(name)


def _texts(record: Record, name: str) -> list[str]:
    values = record.get(name)
    if values is None:
        return []
    if not isinstance(values, list):
        raise RecordError(name, "not_a_list")
    texts = [_clean(f"{name}[{index}]", value) for index, value in enumerate(values)]
    if len(set(texts)) > _MOST_WORDS:
        raise RecordError(name, "too_many")
    return [text for text in texts if text]


def _object(record: Record, name: str) -> Record:
    value = record.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise RecordError(name, "not_an_object")
    return value


def _clean(path: str, value: object, longest: int = _LONGEST_TEXT) -> str:
    if not isinstance(value, str):
        raise RecordError(path, "not_text")
    # Neither NUL nor half a surrogate pair can be stored as UTF-8 text.
    if _UNSTORABLE.search(value):
        raise RecordError(path, "unreadable_characters")
    text = value.strip()
    if len(text) > longest:
        raise RecordError(path, "too_long")
    return text
