"""The two sizes in which the sample data comes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """`prefixes` are beginnings of postcodes; the same `seed` gives the same people."""

    name: str
    prefixes: tuple[str, ...]
    therapist_count: int
    patient_count: int
    seed: int = 116_117


KOELN_AACHEN = Region("koeln-aachen", ("50", "51", "52", "53"), 600, 120)
GERMANY = Region("germany", ("",), 30_000, 5_000)

_REGIONS = {region.name: region for region in (KOELN_AACHEN, GERMANY)}


def region_named(name: str) -> Region:
    if name not in _REGIONS:
        raise ValueError(f"REGION is one of {', '.join(_REGIONS)}, not {name!r}")
    return _REGIONS[name]
