"""`up` and `down`: the order in which a stack comes to life and ends."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Console

from devstack.broker import broker_of, start_broker
from devstack.carrier import Carrier, carrier_of, remember
from devstack.database import create_database, migrate, postgres_of
from devstack.ports import refuse_taken
from devstack.postgres import PostgresServer
from devstack.programs import DATABASE_PROGRAM, Program, programs_of
from devstack.progress import step
from devstack.readiness import unready, wait_until_ready
from devstack.stack import Stack
from devstack.supervision import Supervision, SupervisionError
from shared.config import KAFKA


def up(stack: Stack, carrier: Carrier, console: Console, *, durable: bool = True) -> None:
    """A running stack stays as it is; whatever of it has died is started again.

    `durable`: whether the database has to survive a crash of the machine.
    """
    with _alone(stack):
        stack = _carried_by(carrier, stack)
        supervision = Supervision(stack)
        postgres, broker = postgres_of(stack, durable=durable), broker_of(stack)
        programs = programs_of(stack, postgres, broker)
        if supervision.is_alive() and not unready(supervision, programs):
            console.print(f"The stack {stack.name} is up already; nothing was changed.")
        else:
            _prepare(stack, supervision, programs)
            start_broker(stack, supervision, broker, console)
            _bring_up(stack, supervision, postgres, programs, console)
        _show_addresses(stack, console)


def up_with_broker_only(stack: Stack, carrier: Carrier, console: Console) -> None:
    """`up` with the same carrier starts the rest; `down` ends it."""
    with _alone(stack):
        stack = _carried_by(carrier, stack)
        supervision, broker = Supervision(stack), broker_of(stack)
        if broker is not None:
            _prepare(stack, supervision, programs_of(stack, postgres_of(stack), broker))
        start_broker(stack, supervision, broker, console)
        console.print(f"  Kafka    {stack.kafka_servers}")


def down(stack: Stack, console: Console) -> None:
    """Ends what `up` started, and only that, also when the supervisor itself was killed."""
    with _alone(stack):
        supervision = Supervision(stack)
        if not supervision.is_alive() and not supervision.remaining():
            supervision.end()
            console.print(f"The stack {stack.name} is not running.")
            return
        with step(console, f"Ending the stack {stack.name}"):
            supervision.end()


def discard(stack: Stack, console: Console) -> None:
    """Ends the stack and removes everything that it kept."""
    down(stack, console)
    postgres_of(stack).discard()
    shutil.rmtree(stack.folder)


def _carried_by(carrier: Carrier, stack: Stack) -> Stack:
    """Never silently: a stack that runs keeps what its events travel by."""
    present = carrier_of(stack.folder)
    if present != carrier and Supervision(stack).is_alive():
        raise SupervisionError(
            f"The stack {stack.name} runs with {present}, not with {carrier}. Either keep that, "
            f"or end it first: make down STACK={stack.name}"
        )
    remember(stack.folder, carrier)
    return replace(stack, carrier=carrier)


def _prepare(stack: Stack, supervision: Supervision, programs: list[Program]) -> None:
    """The supervisor runs, and knows all programs of the stack."""
    if not supervision.is_alive():
        supervision.end()  # what a killed supervisor left behind
        refuse_taken(stack.used_ports)
        supervision.start(programs)


def _bring_up(
    stack: Stack,
    supervision: Supervision,
    postgres: PostgresServer,
    programs: list[Program],
    console: Console,
) -> None:
    with step(console, "Database"):
        postgres.initialise()
        supervision.start_program(DATABASE_PROGRAM)
        postgres.wait_until_ready()
        create_database(postgres)
    with step(console, "Migrations"):
        migrate(stack, postgres)
    with step(console, "Services, workers, issuer, mail sink, gateway") as status:
        for program in programs:
            supervision.start_program(program.name)
        wait_until_ready(
            stack,
            supervision,
            programs,
            lambda names: status.update(f"Waiting for {', '.join(names)} …"),
        )


def _show_addresses(stack: Stack, console: Console) -> None:
    console.print(f"  Gateway  {stack.gateway_url}")
    console.print(f"  Issuer   {stack.url('issuer')}")
    if stack.carrier.transport == KAFKA:
        console.print(f"  Kafka    {stack.kafka_servers}")
    console.print(f"  Mails    {stack.mails}")
    console.print(f"  Logs     {stack.logs}")


@contextmanager
def _alone(stack: Stack) -> Iterator[None]:
    """Two commands on one stack at a time would undo each other."""
    with (stack.folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Another command is working on the stack {stack.name}."
            raise SupervisionError(message) from None
        yield
