"""What the doors of this service hand to its use cases besides the session."""

from dataclasses import dataclass, field
from pathlib import Path

from shared.auth import ServiceTokens
from shared.http.service_client import ServiceClient
from therapist_service.config import Config
from therapist_service.gateways.files import ScraperFiles
from therapist_service.gateways.matching import Matching
from therapist_service.gateways.places import Places


@dataclass(frozen=True)
class Wiring:
    places: Places
    matching: Matching
    scraper_files: ScraperFiles
    mailbox_secret: bytes = field(repr=False)


def wire(config: Config) -> Wiring:
    """Opens nothing; connections are made when they are first used."""
    tokens = ServiceTokens(config.oidc_token_url, "therapist-service", config.service_client_secret)
    return Wiring(
        places=Places(ServiceClient(config.geocoding_service_url, "geocoding-service", tokens)),
        matching=Matching(ServiceClient(config.matching_service_url, "matching-service", tokens)),
        scraper_files=ScraperFiles(Path(config.scraper_folder)),
        mailbox_secret=config.mailbox_key_secret.encode(),
    )
