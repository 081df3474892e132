"""What the therapist service needs: a revision of its schema, and settings from its environment."""

from dataclasses import dataclass
from typing import ClassVar

from shared.config import CallingServiceConfig, setting, url


@dataclass(frozen=True)
class Config(CallingServiceConfig):
    needs_schema: ClassVar[str] = "0006_merged_therapists"

    geocoding_service_url: str = setting(
        "GEOCODING_SERVICE_URL", "Adresse des Geocoding-Dienstes", parse=url("http", "https")
    )
    matching_service_url: str = setting(
        "MATCHING_SERVICE_URL", "Adresse des Matching-Dienstes", parse=url("http", "https")
    )
    mailbox_key_secret: str = setting(
        "MAILBOX_KEY_SECRET", "Geheimnis, aus dem Postfachschlüssel entstehen", secret=True
    )
    scraper_folder: str = setting("SCRAPER_FOLDER", "Ordner, in den der Scraper seine Dateien legt")
