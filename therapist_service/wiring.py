"""What the doors of this service hand to its use cases besides the session."""

from dataclasses import dataclass, field
from pathlib import Path

from shared.auth import ServiceTokens
from shared.http.service_client import ServiceClient
from therapist_service.config import Config
from therapist_service.gateways.bucket import Bucket, BucketAddress
from therapist_service.gateways.files import ScraperFiles
from therapist_service.gateways.folder import Folder
from therapist_service.gateways.matching import Matching
from therapist_service.gateways.places import Places


@dataclass(frozen=True)
class Wiring:
    places: Places
    matching: Matching
    scraper_files: ScraperFiles
    look_every_seconds: int
    mailbox_secret: bytes = field(repr=False)


def wire(config: Config) -> Wiring:
    """Opens nothing; connections are made when they are first used."""
    tokens = ServiceTokens(config.oidc_token_url, "therapist-service", config.service_client_secret)
    return Wiring(
        places=Places(ServiceClient(config.geocoding_service_url, "geocoding-service", tokens)),
        matching=Matching(ServiceClient(config.matching_service_url, "matching-service", tokens)),
        scraper_files=_scraper_files(config),
        look_every_seconds=config.look_every_seconds,
        mailbox_secret=config.mailbox_key_secret.encode(),
    )


def _scraper_files(config: Config) -> ScraperFiles:
    if config.scraper_folder:
        return Folder(Path(config.scraper_folder))
    address = BucketAddress(
        name=config.scraper_bucket,
        prefix=config.scraper_prefix,
        endpoint_url=config.scraper_endpoint_url,
        region=config.scraper_region,
        access_key_id=config.scraper_access_key_id,
        secret_access_key=config.scraper_secret_access_key,
    )
    return Bucket(address)
