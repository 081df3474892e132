"""The programs of a stack and how each is run, as configuration for supervisord."""

import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from devstack.credentials import write_private
from devstack.environment import (
    common_environment,
    environment_of,
    gateway_environment,
    issuer_environment,
    stream_environment,
)
from devstack.ports import SERVICES, STREAM
from devstack.postgres import PostgresServer
from devstack.stack import CHECKOUT, Stack

if TYPE_CHECKING:
    from devstack.kafka import KafkaServer

DATABASE_PROGRAM = "postgres"
BROKER_PROGRAM = "kafka"
# Ended last: the others speak with them to their end.
FOUNDATION = frozenset({DATABASE_PROGRAM, BROKER_PROGRAM})

_LOG_BYTES = "5MB"
_LOGS_KEPT = 2


@dataclass(frozen=True)
class Program:
    """`ready_url` answers 200 (http) or greets (smtp) as soon as the program can be used."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    ready_url: str | None = None
    stop_signal: str = "TERM"


def programs_of(
    stack: Stack, postgres: PostgresServer, broker: "KafkaServer | None"
) -> list[Program]:
    """In the order of their start; supervisord stops them the other way round."""
    return [
        Program(DATABASE_PROGRAM, postgres.command(), stop_signal="INT"),
        *([_broker(broker)] if broker else []),
        _issuer(stack),
        _mail_sink(stack),
        *(_web(stack, service) for service in SERVICES),
        _stream(stack),
        *(_worker(stack, service) for service in SERVICES),
        _gateway(stack),
    ]


def worker_of(service: str) -> str:
    return f"{service}_worker"


def _web(stack: Stack, service: str) -> Program:
    return Program(
        service,
        _python("gunicorn", "-c", "deploy/gunicorn.py", f"{service}.app:create_app()"),
        environment_of(stack, service),
        ready_url=f"{stack.url(service)}/readyz",
    )


def _stream(stack: Stack) -> Program:
    return Program(
        STREAM,
        _python(
            "gunicorn", "-c", "deploy/gunicorn_stream.py", "matching_service.stream:create_app()"
        ),
        stream_environment(stack),
        ready_url=f"{stack.url(STREAM)}/readyz",
    )


def _worker(stack: Stack, service: str) -> Program:
    name = worker_of(service)
    return Program(
        name,
        _python(f"{service}.worker"),
        environment_of(stack, service),
        ready_url=f"{stack.url(name)}/readyz",
    )


def _broker(broker: "KafkaServer") -> Program:
    return Program(BROKER_PROGRAM, broker.command(), broker.environment())


def _issuer(stack: Stack) -> Program:
    bind = f"--bind=127.0.0.1:{stack.ports['issuer']}"
    return Program(
        "issuer",
        _python("gunicorn", bind, "--threads=4", "devstack.issuer.app:create_app()"),
        issuer_environment(stack),
        ready_url=f"{stack.url('issuer')}/.well-known/openid-configuration",
    )


def _mail_sink(stack: Stack) -> Program:
    arguments = [f"--port={stack.ports['mail_sink']}", f"--folder={stack.mails}"]
    ready_url = f"smtp://127.0.0.1:{stack.ports['mail_sink']}"
    return Program("mail_sink", _python("devstack.mail_sink", *arguments), ready_url=ready_url)


def _gateway(stack: Stack) -> Program:
    caddy = str(Path(sys.executable).parent / "caddy")
    command = [caddy, "run", "--config", "deploy/Caddyfile", "--adapter", "caddyfile"]
    ready_url = f"{stack.gateway_url}/livez"
    return Program("gateway", command, gateway_environment(stack), ready_url)


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def write_configuration(stack: Stack, programs: list[Program], socket: Path) -> Path:
    """The file holds secrets, therefore mode 600."""
    file = stack.folder / "supervisord.conf"
    write_private(file, "\n".join([_supervisord(stack, socket), *_sections(stack, programs)]))
    return file


def _supervisord(stack: Stack, socket: Path) -> str:
    return f"""\
[unix_http_server]
file = {_escaped(socket)}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisord]
nodaemon = true
silent = true
identifier = {stack.name}
directory = {_escaped(CHECKOUT)}
pidfile = {_escaped(stack.folder / "supervisord.pid")}
logfile = {_escaped(stack.logs / "supervisord.log")}
logfile_maxbytes = {_LOG_BYTES}
logfile_backups = {_LOGS_KEPT}
"""


def _sections(stack: Stack, programs: list[Program]) -> list[str]:
    return [_section(stack, program, position) for position, program in enumerate(programs)]


def _section(stack: Stack, program: Program, priority: int) -> str:
    environment = common_environment() | program.environment
    variables = ",".join(f'{name}="{value}"' for name, value in environment.items())
    return f"""\
[program:{program.name}]
command = {_escaped(shlex.join(program.command))}
environment = {_escaped(variables)}
directory = {_escaped(CHECKOUT)}
priority = {priority}
autostart = false
autorestart = true
startretries = 2
stopsignal = {program.stop_signal}
stopwaitsecs = 20
killasgroup = true
redirect_stderr = true
stdout_logfile = {_escaped(log_of(stack, program.name))}
stdout_logfile_maxbytes = {_LOG_BYTES}
stdout_logfile_backups = {_LOGS_KEPT}
"""


def log_of(stack: Stack, program: str) -> Path:
    return stack.logs / f"{program}.log"


def _escaped(value: object) -> str:
    """supervisord expands %(name)s everywhere; a percent sign of our own is doubled."""
    return str(value).replace("%", "%%")
