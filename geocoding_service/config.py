"""What the geocoding service reads from its environment."""

from dataclasses import dataclass

from shared.config import ServiceConfig


@dataclass(frozen=True)
class Config(ServiceConfig):
    """Nothing beyond what every service needs: postcodes come with the program."""
