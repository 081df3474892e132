"""What the geocoding service needs: a revision of its schema, and settings from its environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from shared.config import ServiceConfig, number, setting, url


def _server(text: str) -> str:
    """http://… oder https://…, ohne Kennwort, ? und #"""
    address = url("http", "https")(text)
    parts = urlsplit(address)
    _ = parts.port  # an impossible one is a ValueError
    if not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise ValueError("keine Adresse eines Servers ohne Kennwort, ? und #")
    if not address.isascii() or any(sign.isspace() for sign in address):
        raise ValueError("enthält Leer- oder Sonderzeichen")
    return address


def _contact(text: str) -> str:
    """Mailadresse oder https://…"""
    if not text.isascii() or not text.isprintable() or not ("@" in text or "://" in text):
        raise ValueError("weder Mailadresse noch Webadresse")
    return text


@dataclass(frozen=True)
class Config(ServiceConfig):
    """By itself offline: postcodes come with the program."""

    needs_schema: ClassVar[str] = "0003_lookups"

    nominatim_url: str = setting(
        "NOMINATIM_URL",
        "Nominatim-Server, der Adressen findet; leer: es zählt allein die Postleitzahl",
        parse=_server,
        default="",
    )
    nominatim_contact: str = setting(
        "NOMINATIM_CONTACT",
        "wer hier fragt; steht im User-Agent, wie es die Regeln von Nominatim verlangen",
        parse=_contact,
        default="",
    )
    nominatim_interval_ms: int = setting(
        "NOMINATIM_INTERVAL_MS",
        "Abstand zweier Fragen an Nominatim, über alle Prozesse; 0: keiner (eigener Server)",
        parse=number(0, 60_000),
        default=1000,
    )
    osrm_url: str = setting(
        "OSRM_URL",
        "OSRM-Server, der Autorouten rechnet; leer: alle Entfernungen sind geschätzt",
        parse=_server,
        default="",
    )
    osrm_table_size: int = setting(
        "OSRM_TABLE_SIZE",
        "wie viele Orte er in einer Tabelle annimmt (sein --max-table-size)",
        parse=number(2, 1000),
        default=100,
    )
    lookup_secret: str = setting(
        "LOOKUP_SECRET",
        "macht gemerkte Adressen unkenntlich; nötig, sobald NOMINATIM_URL oder OSRM_URL gilt",
        default="",
        secret=True,
    )
    lookup_deadline_ms: int = setting(
        "LOOKUP_DEADLINE_MS",
        "so lange wartet eine Anfrage höchstens auf Server außer Haus",
        parse=number(100, 9000),
        default=8000,
    )
    lookup_connect_ms: int = setting(
        "LOOKUP_CONNECT_MS",
        "so lange auf die Verbindung zu ihnen",
        parse=number(50, 9000),
        default=2000,
    )
    lookup_read_ms: int = setting(
        "LOOKUP_READ_MS",
        "so lange, wenn sie mitten in der Antwort schweigen",
        parse=number(50, 9000),
        default=4000,
    )
    lookup_attempts: int = setting(
        "LOOKUP_ATTEMPTS",
        "wie oft dieselbe Frage höchstens gestellt wird",
        parse=number(1, 10),
        default=3,
    )
    breaker_failures: int = setting(
        "BREAKER_FAILURES",
        "nach so vielen Fehlschlägen in Folge wird ein Server in Ruhe gelassen",
        parse=number(1, 1000),
        default=5,
    )
    breaker_rest_seconds: int = setting(
        "BREAKER_REST_SECONDS",
        "so lange; danach fragt einer, ob es wieder geht",
        parse=number(1, 3600),
        default=30,
    )
    geocodes_kept_days: int = setting(
        "GEOCODES_KEPT_DAYS",
        "wie lange die Lage einer Adresse gemerkt bleibt",
        parse=number(1, 3650),
        default=180,
    )
    routes_kept_days: int = setting(
        "ROUTES_KEPT_DAYS",
        "wie lange eine Route gemerkt bleibt",
        parse=number(1, 3650),
        default=90,
    )
    nothing_kept_minutes: int = setting(
        "NOTHING_KEPT_MINUTES",
        "wie lange gemerkt bleibt, dass es eine Adresse oder einen Weg nicht gibt",
        parse=number(1, 43_200),
        default=60,
    )

    @staticmethod
    def conflicts(values: Mapping[str, Any]) -> Iterator[str]:
        if values.get("nominatim_url") and not values.get("nominatim_contact"):
            yield "NOMINATIM_CONTACT: fehlt; NOMINATIM_URL braucht es"
        asks_outside = values.get("nominatim_url") or values.get("osrm_url")
        if asks_outside and not values.get("lookup_secret"):
            yield "LOOKUP_SECRET: fehlt; NOMINATIM_URL und OSRM_URL brauchen es"
