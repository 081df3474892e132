"""Settings come from the environment, once, at the start; every problem is listed at once."""

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass
from datetime import date
from typing import Any, ClassVar, TypeVar

DEVELOPMENT, TEST, PRODUCTION = "development", "test", "production"
POSTGRES, KAFKA = "postgres", "kafka"
_SHORTEST_SECRET = 32
# The word as it stands in secrets, and as a key in base64 begins with it.
_MADE_FOR_DEVELOPMENT = ("development", "ZGV2ZWxvcG1lbn")

ConfigType = TypeVar("ConfigType")


class ConfigError(Exception):
    """The environment cannot be used.

    `problems` holds one sentence per wrong or missing variable.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Konfiguration unbrauchbar:\n" + "\n".join(f"  - {p}" for p in problems))
        self.problems = problems


@dataclass(frozen=True)
class Variable:
    """How one dataclass field is read from the environment.

    The docstring of `parse` says which texts it takes, for the documentation.
    `ours`: a secret that we choose ourselves, so production refuses a weak one.
    """

    name: str
    help: str
    parse: Callable[[str], Any]
    secret: bool
    ours: bool


def setting(
    name: str,
    help: str,  # noqa: A002  the word that argparse and click users expect
    *,
    parse: Callable[[str], Any] = str,
    default: Any = MISSING,
    secret: bool = False,
    ours: bool = True,
) -> Any:
    """A dataclass field that `read` fills from the environment variable `name`."""
    variable = Variable(name, help, parse, secret, ours)
    return dataclasses.field(default=default, metadata={"variable": variable}, kw_only=True)


def number(lowest: float, highest: float) -> Callable[[str], int]:
    """A parser for whole numbers within bounds, both included."""

    def parse(text: str) -> int:
        value = int(text)
        if not lowest <= value <= highest:
            raise ValueError(f"{value} liegt nicht zwischen {lowest:g} und {highest:g}")
        return value

    parse.__doc__ = f"{lowest:g} bis {highest:g}"
    return parse


def one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"{text!r} ist keines von {', '.join(words)}")
        return text

    parse.__doc__ = ", ".join(words)
    return parse


def url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not text.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"muss mit {' oder '.join(s + '://' for s in schemes)} beginnen")
        return text.rstrip("/")

    parse.__doc__ = " oder ".join(f"{scheme}://…" for scheme in schemes)
    return parse


def day(text: str) -> date:
    """YYYY-MM-DD"""
    return date.fromisoformat(text)


def flag(text: str) -> bool:
    """true, false"""
    return one_of("true", "false")(text) == "true"


@dataclass(frozen=True)
class WebServerConfig:
    """What gunicorn itself needs, before there is a service."""

    host: str = setting(
        "HOST", "Adresse, an der Web-Prozess und Worker lauschen", default="127.0.0.1"
    )
    port: int = setting("PORT", "Port, auf dem der Dienst antwortet", parse=number(0, 65535))
    workers: int = setting("WEB_WORKERS", "Zahl seiner Prozesse", parse=number(1, 64), default=1)


@dataclass(frozen=True)
class ServiceConfig:
    """What every service needs.

    `needs_schema` comes with the program: the revision that its schema must have at least.
    """

    needs_schema: ClassVar[str] = "0000"

    environment: str = setting(
        "ENVIRONMENT",
        "Betriebsart; production weist Entwicklungsgeheimnisse zurück",
        parse=one_of(DEVELOPMENT, TEST, PRODUCTION),
        default=PRODUCTION,
    )
    database_url: str = setting(
        "DATABASE_URL",
        "Datenbank, als <dienst>_app",
        parse=url("postgresql+psycopg2"),
        secret=True,
        ours=False,
    )
    event_transport: str = setting(
        "EVENT_TRANSPORT",
        "worüber Ereignisse laufen",
        parse=one_of(POSTGRES, KAFKA),
        default=POSTGRES,
    )
    kafka_bootstrap_servers: str = setting(
        "KAFKA_BOOTSTRAP_SERVERS",
        "Adressen von Kafka-Brokern, durch Komma getrennt; nur für EVENT_TRANSPORT=kafka",
        default="127.0.0.1:9092",
    )
    kafka_member: str = setting(
        "KAFKA_MEMBER",
        "Name, unter dem dieser Worker in seiner Gruppe Platz nimmt; leer: der des Rechners",
        default="",
    )
    host: str = setting(
        "HOST", "Adresse, an der Web-Prozess und Worker lauschen", default="127.0.0.1"
    )
    worker_port: int = setting(
        "WORKER_PORT",
        "Port, auf dem der Worker /livez, /readyz und /metrics anbietet; 0: gar nicht",
        parse=number(0, 65535),
        default=0,
    )
    oidc_issuer: str = setting("OIDC_ISSUER", "Aussteller der Tokens", parse=url("http", "https"))
    oidc_jwks_url: str = setting(
        "OIDC_JWKS_URL", "öffentliche Schlüssel des Ausstellers", parse=url("http", "https")
    )
    oidc_audience: str = setting(
        "OIDC_AUDIENCE", "Empfänger in den Tokens der Mitarbeitenden", default="staff-api"
    )
    v1_sunset_date: date = setting(  # noqa: RUF009  describes a field, as all the others do
        "V1_SUNSET_DATE",
        "ab wann v1 nicht mehr antworten soll; jede Antwort von v1 sagt es",
        parse=day,
        default=date(2027, 6, 30),
    )
    log_level: str = setting(
        "LOG_LEVEL",
        "Ausführlichkeit des Protokolls",
        parse=one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        default="INFO",
    )
    otlp_endpoint: str = setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "wohin Spuren (OpenTelemetry, OTLP über HTTP) gesendet werden; leer: nirgendwohin",
        parse=url("http", "https"),
        default="",
    )


@dataclass(frozen=True)
class CallingServiceConfig(ServiceConfig):
    """What a service needs that calls other services."""

    oidc_token_url: str = setting(
        "OIDC_TOKEN_URL", "Ausgabestelle der Diensttokens", parse=url("http", "https")
    )
    service_client_secret: str = setting(
        "SERVICE_CLIENT_SECRET", "Geheimnis dieses Dienstes beim Aussteller", secret=True
    )


def read(config: type[ConfigType], environ: Mapping[str, str] | None = None) -> ConfigType:
    """Builds `config` from the environment.

    A config may have a static method `conflicts`: from the values that could be read, by field, to
    what is wrong between them. Raises ConfigError naming every variable that is missing,
    malformed, unsafe for production or in conflict with another.
    """
    source = os.environ if environ is None else environ
    production = source.get("ENVIRONMENT", PRODUCTION) == PRODUCTION
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in dataclasses.fields(config):  # type: ignore[arg-type]
        variable: Variable = field.metadata["variable"]
        try:
            text = _text_of(variable, field, source)
            if text is not None:
                _refuse_weak_secret(variable, text, production)
                values[field.name] = variable.parse(text)
        except ValueError as problem:
            problems.append(f"{variable.name}: {problem}")
    find_conflicts: Callable[..., Iterable[str]] = getattr(config, "conflicts", _no_conflicts)
    named = tuple(f"{problem.partition(':')[0]}:" for problem in problems)
    conflicts = find_conflicts({**_defaults(config), **values})
    problems += [conflict for conflict in conflicts if not conflict.startswith(named)]
    if problems:
        raise ConfigError(problems)
    return config(**values)


def variables_of(config: type[Any]) -> list[tuple[Variable, Any]]:
    """Every variable of a config with its default (dataclasses.MISSING when required)."""
    return [(f.metadata["variable"], f.default) for f in dataclasses.fields(config)]


def _defaults(config: type[Any]) -> dict[str, Any]:
    fields = dataclasses.fields(config)
    return {field.name: field.default for field in fields if field.default is not MISSING}


def _no_conflicts(_values: Mapping[str, Any]) -> Iterable[str]:
    return ()


def _text_of(
    variable: Variable, field: "dataclasses.Field[Any]", source: Mapping[str, str]
) -> str | None:
    text = source.get(variable.name, "")
    if text == "" and field.default is MISSING:
        raise ValueError(f"fehlt ({variable.help})")
    return text or None


def _refuse_weak_secret(variable: Variable, text: str, production: bool) -> None:
    if not (variable.secret and variable.ours and production):
        return
    if any(mark in text for mark in _MADE_FOR_DEVELOPMENT) or len(text) < _SHORTEST_SECRET:
        raise ValueError("ist für den Betrieb zu schwach oder ein Entwicklungsgeheimnis")
