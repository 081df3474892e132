"""Addresses and numbers at which nobody can be reached.

Phone numbers come from the ranges that the Bundesnetzagentur keeps free for film and television,
emails from the domains reserved for examples.
"""

import unicodedata
from collections import Counter
from random import Random

# By the first digit of the postcode: area code and beginning; three digits are free.
_FREE_LANDLINES = dict(
    zip(
        "0123456789",
        [
            *(("030", "23125"),) * 2,
            *(("040", "66969"),) * 2,
            *(("0221", "4710"),) * 2,
            *(("069", "90009"),) * 2,
            *(("089", "99998"),) * 2,
        ],
        strict=True,
    )
)
_EXAMPLE_DOMAINS = ("example.org", "example.net", "example.com", "praxis.example")
_SPECIAL_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ł": "l"})


class PhoneBook:
    """Gives practices without an email a number of their own, else they would share a mailbox."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._given: Counter[str] = Counter()

    def own_landline(self, plz: str) -> str:
        area = _FREE_LANDLINES[plz[0]][0]
        extension = self._given[area]
        self._given[area] += 1
        if extension > 999:
            raise ValueError(f"more practices without email than free numbers in {area}")
        return self._spelt(plz, extension)

    def landline(self, plz: str) -> str:
        return self._spelt(plz, self._rng.randrange(1000))

    def mobile(self) -> str:
        number = f"{self._rng.randrange(100):02}"
        return self._rng.choice((f"0171 39200{number}", f"0176 040690{number}"))

    def _spelt(self, plz: str, extension: int) -> str:
        area, beginning = _FREE_LANDLINES[plz[0]]
        number = f"{beginning}{extension:03}"
        return self._rng.choice(
            (
                f"{area} {number}",
                f"{area}/{number}",
                f"({area}) {beginning} {extension:03}",
                f"+49 {area[1:]} {number}",
            )
        )


def email(rng: Random, name: str, number: int) -> str:
    """`number` makes it unique."""
    return f"{_slug(name)}.{number}@{rng.choice(_EXAMPLE_DOMAINS)}"


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().translate(_SPECIAL_LETTERS))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
