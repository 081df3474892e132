"""The sample region: invented people at real places, the same ones every time."""

from devstack.region.patients import patients
from devstack.region.region import GERMANY, KOELN_AACHEN, Region, region_named
from devstack.region.scraper_files import write_scraper_files
from devstack.region.therapists import therapists

__all__ = [
    "GERMANY",
    "KOELN_AACHEN",
    "Region",
    "patients",
    "region_named",
    "therapists",
    "write_scraper_files",
]
