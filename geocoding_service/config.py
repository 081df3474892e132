"""What the geocoding service needs: a revision of its schema, and settings from its environment."""

from dataclasses import dataclass
from typing import ClassVar

from shared.config import ServiceConfig


@dataclass(frozen=True)
class Config(ServiceConfig):
    """Nothing beyond what every service needs: postcodes come with the program."""

    needs_schema: ClassVar[str] = "0002_discarded_events"
