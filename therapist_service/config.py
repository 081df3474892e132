"""What the therapist service needs: a revision of its schema, and settings from its environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from shared.config import CallingServiceConfig, number, setting, url

_FOLDER_EVERY_SECONDS, _BUCKET_EVERY_SECONDS = 3, 300
_A_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Config(CallingServiceConfig):
    needs_schema: ClassVar[str] = "0008_contact_kinds"

    geocoding_service_url: str = setting(
        "GEOCODING_SERVICE_URL", "Adresse des Geocoding-Dienstes", parse=url("http", "https")
    )
    matching_service_url: str = setting(
        "MATCHING_SERVICE_URL", "Adresse des Matching-Dienstes", parse=url("http", "https")
    )
    mailbox_key_secret: str = setting(
        "MAILBOX_KEY_SECRET", "Geheimnis, aus dem Postfachschlüssel entstehen", secret=True
    )
    scraper_folder: str = setting(
        "SCRAPER_FOLDER",
        "Ordner, in den der Scraper seine Dateien legt; entweder dieser oder SCRAPER_BUCKET",
        default="",
    )
    scraper_bucket: str = setting(
        "SCRAPER_BUCKET",
        "Bucket (S3 oder gleichwertig), in den der Scraper seine Dateien legt",
        default="",
    )
    scraper_prefix: str = setting(
        "SCRAPER_PREFIX",
        "womit die Namen der Dateien im Bucket beginnen, etwa scrapes/",
        default="",
    )
    scraper_endpoint_url: str = setting(
        "SCRAPER_ENDPOINT_URL",
        "Adresse des Objektspeichers; leer: die von Amazon",
        parse=url("http", "https"),
        default="",
    )
    scraper_region: str = setting(
        "SCRAPER_REGION", "Region des Objektspeichers", default="eu-central-1"
    )
    scraper_access_key_id: str = setting(
        "SCRAPER_ACCESS_KEY_ID",
        "Zugang zum Objektspeicher, nötig mit SCRAPER_BUCKET",
        default="",
        secret=True,
        ours=False,
    )
    scraper_secret_access_key: str = setting(
        "SCRAPER_SECRET_ACCESS_KEY",
        "Kennwort dazu, nötig mit SCRAPER_BUCKET",
        default="",
        secret=True,
        ours=False,
    )
    scraper_every_seconds: int = setting(
        "SCRAPER_EVERY_SECONDS",
        "Sekunden von einem Blick nach neuen Dateien bis zum nächsten; 0:"
        f" {_FOLDER_EVERY_SECONDS} beim Ordner, {_BUCKET_EVERY_SECONDS} beim Bucket, wo er kostet",
        parse=number(0, _A_DAY),
        default=0,
    )

    @staticmethod
    def conflicts(values: Mapping[str, Any]) -> Iterator[str]:
        folder, bucket = values.get("scraper_folder"), values.get("scraper_bucket")
        if bool(folder) == bool(bucket):
            found = "beides ist" if folder else "keines von beiden ist"
            yield f"SCRAPER_FOLDER, SCRAPER_BUCKET: {found} gesetzt, genau eines muss es sein"
        for name in ("SCRAPER_ACCESS_KEY_ID", "SCRAPER_SECRET_ACCESS_KEY"):
            if bucket and not folder and not values.get(name.lower()):
                yield f"{name}: fehlt (nötig mit SCRAPER_BUCKET)"

    @property
    def look_every_seconds(self) -> int:
        usual = _BUCKET_EVERY_SECONDS if self.scraper_bucket else _FOLDER_EVERY_SECONDS
        return self.scraper_every_seconds or usual
