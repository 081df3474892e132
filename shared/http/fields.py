"""Marshmallow fields that take JSON at its word: no string passes as a number or a boolean,
and nothing passes that PostgreSQL could not store."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from marshmallow import ValidationError, fields, validate

from shared.contracts.mail_address import is_mail_address
from shared.contracts.phone_number import e164
from shared.contracts.spelling import folded
from shared.contracts.weekly_schedule import ScheduleError, parse_weekly_schedule

LARGEST_ID = 2**31 - 1
NAME_PATTERN = "[a-z][a-z0-9_]{0,62}"
WEEKLY_SCHEDULE_REFERENCE = {"$ref": "#/components/schemas/WeeklySchedule"}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    _DAY.pattern + r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_VISIBLE = r"[^\s\x1c-\x1f\x85]"
_YEARS = "^(19|20|21)[0-9]{2}-|^2200-"
_POSTCODE = "[0-9]{5}"
_DIAGNOSIS = r"[A-Za-z][0-9]{2}(\.[0-9]{1,2})?"


class Coded(str):
    """An error message with a code that programs can rely on."""

    code: str

    def __new__(cls, code: str, message: str) -> "Coded":
        instance = super().__new__(cls, message)
        instance.code = code
        return instance


def invalid(code: str, message: str, field: str | None = None) -> ValidationError:
    """A validation error for one value, or for the named field of a whole body."""
    return ValidationError({field: [Coded(code, message)]} if field else [Coded(code, message)])


class Text(fields.String):
    """Text of at most `longest` characters; surrounding space is removed."""

    def __init__(self, longest: int = 200, *, shortest: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [
            validate.Length(min=shortest or None, max=longest),
            *self.validators,
        ]
        # Surrounding space does not count, so something must be there besides.
        least = {"minLength": shortest, "pattern": _VISIBLE} if shortest else {}
        self.metadata = {**least, "maxLength": longest, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if _UNSTORABLE.search(value):
            raise invalid("unstorable", "Enthält Zeichen, die nicht gespeichert werden können.")
        return value.strip()


class Choice(Text):
    """One of a closed list of words, in any of the spellings that were once usual."""

    def __init__(self, words: Iterable[str], **kwargs: Any) -> None:
        self.words = tuple(map(str, words))
        self._meant = {spelling_key(word): word for word in self.words}
        super().__init__(200, **kwargs)
        none = [None] if self.allow_none else []
        self.metadata = {"enum": [*self.words, *none], **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        written = super()._deserialize(value, attr, data, **kwargs)
        word = self._meant.get(spelling_key(written))
        if word is None:
            raise invalid("unknown_value", f"Erlaubt sind: {', '.join(self.words)}.")
        return word


def spelling_key(word: str) -> str:
    """The same for `ÖPNV`, `oepnv` and `OEPNV`, for `auf der Suche` and `AUF_DER_SUCHE`."""
    return re.sub(r"[\s_]+", " ", folded(word)).strip()


class Whole(fields.Integer):
    """A JSON whole number within bounds, both included; 3.0 is one, as in JSON Schema."""

    def __init__(self, lowest: int, highest: int, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)
        self.validators = [validate.Range(min=lowest, max=highest), *self.validators]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
            raise self.make_error("invalid")
        return int(value)


class Identifier(Whole):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, LARGEST_ID, **kwargs)


class Decimal(fields.Float):
    """A JSON number within bounds, both included; never NaN or infinite."""

    def __init__(self, lowest: float, highest: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [validate.Range(min=lowest, max=highest), *self.validators]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        return self._validated(value)


class Flag(fields.Boolean):
    """A JSON boolean; the string "false" is an error."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Day(fields.Date):
    """YYYY-MM-DD, from 1900 on."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"pattern": _YEARS, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise self.make_error("invalid", input=value, obj_type="date")
        day = super()._deserialize(value, attr, data, **kwargs)
        if not 1900 <= day.year <= 2200:
            raise invalid("out_of_range", "Das Jahr liegt außerhalb von 1900 bis 2200.")
        return day


class Instant(fields.AwareDateTime):
    """ISO 8601 with offset in, UTC with Z out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **kwargs)
        self.metadata = {"pattern": _YEARS, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.datetime:
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            raise self.make_error("invalid", input=value, obj_type="datetime")
        instant = super()._deserialize(value, attr, data, **kwargs)
        # By the sender's clock first, since the first and the last year of all have no neighbours.
        if not 1900 <= instant.year <= 2200 or not 1900 <= instant.astimezone(dt.UTC).year <= 2200:
            raise invalid("out_of_range", "Das Jahr liegt außerhalb von 1900 bis 2200.")
        return instant.astimezone(dt.UTC)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return str(value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"))


class FlagWord(fields.Boolean):
    """A boolean in a query string: true or false."""

    truthy = {"true"}  # noqa: RUF012  marshmallow's own way to say it
    falsy = {"false"}  # noqa: RUF012


class WholeWord(fields.Integer):
    """A whole number in a query string, within bounds."""

    def __init__(self, lowest: int, highest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [validate.Range(min=lowest, max=highest), *self.validators]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise self.make_error("invalid")
        return int(value)


class Postcode(Text):
    """A German postcode: five digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(10, **kwargs)
        self.metadata = {"pattern": f"^{_POSTCODE}$", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        plz = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(_POSTCODE, plz):
            raise invalid("wrong_format", "Eine Postleitzahl hat fünf Ziffern.")
        return plz


class MailAddress(Text):
    """One address that a mail could go to; the empty string means none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(254, **kwargs)
        self.metadata = {"anyOf": [{"format": "email"}, {"maxLength": 0}], **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        address = super()._deserialize(value, attr, data, **kwargs)
        if address and not is_mail_address(address):
            raise invalid("wrong_format", "Keine E-Mail-Adresse.")
        return address


class PhoneNumber(Text):
    """A number that could be called, kept as it was written; the empty string means none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(50, **kwargs)
        self.metadata = {"format": "phone", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        number = super()._deserialize(value, attr, data, **kwargs)
        if number and e164(number) is None:
            raise invalid(
                "wrong_format", "Keine Telefonnummer (Beispiele: 0221 4710123, +43 1 51515)."
            )
        return number


class Diagnosis(Text):
    """An ICD-10 code, F32 or F32.1."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(10, **kwargs)
        self.metadata = {"pattern": f"^{_DIAGNOSIS}$", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        code = super()._deserialize(value, attr, data, **kwargs).upper()
        if not re.fullmatch(_DIAGNOSIS, code):
            raise invalid("wrong_format", "Kein ICD-10-Code (Beispiel: F32.1).")
        return code


class Schedule(fields.Field):  # type: ignore[type-arg]
    """A weekly schedule in any of the three spellings; canonical afterwards."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"allOf": [WEEKLY_SCHEDULE_REFERENCE], **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return parse_weekly_schedule(value)
        except ScheduleError as error:
            message = [Coded(error.code, "Kein lesbarer Wochenplan.")]
            raise ValidationError({error.path: message} if error.path else message) from None
