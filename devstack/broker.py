"""The Kafka of a stack, as far as it has one.

What only Kafka needs is loaded when it is needed: for a stack without, none of it is installed.
"""

from typing import TYPE_CHECKING

from rich.console import Console

from devstack.programs import BROKER_PROGRAM, log_of
from devstack.progress import step
from devstack.stack import Stack
from devstack.supervision import Supervision
from shared.config import KAFKA

if TYPE_CHECKING:
    from devstack.kafka import KafkaServer


class BrokerFailed(RuntimeError):
    """The stack has no usable Kafka; the message says why."""


def broker_of(stack: Stack) -> "KafkaServer | None":
    """None when its events travel by PostgreSQL, or by a Kafka that somebody else runs."""
    if not stack.carrier.needs_a_broker:
        return None
    try:
        from devstack.kafka import KafkaServer
    except ImportError as error:
        raise BrokerFailed(f"{error}: `make kafka` installs what Kafka needs.") from error
    return KafkaServer(
        stack.folder / "kafka",
        stack.ports["kafka"],
        stack.ports["kafka_controller"],
        log=log_of(stack, BROKER_PROGRAM),
    )


def start_broker(
    stack: Stack, supervision: Supervision, broker: "KafkaServer | None", console: Console
) -> None:
    """Returns when the topics are there; does nothing for a stack without Kafka."""
    if broker is not None:
        _start(broker, supervision, console)
    if stack.carrier.transport == KAFKA:
        with step(console, "Kafka's topics"):
            _make_topics(stack)


def _start(broker: "KafkaServer", supervision: Supervision, console: Console) -> None:
    from devstack import kafka_jars
    from devstack.kafka import KafkaServerError

    try:
        if not kafka_jars.are_here():
            with step(console, "Fetching Kafka (45 MB, once)"):
                kafka_jars.class_path()
        with step(console, "Kafka"):
            broker.initialise()
            supervision.start_program(BROKER_PROGRAM)
            broker.wait_until_ready()
    except (kafka_jars.WrongJar, KafkaServerError) as error:
        raise BrokerFailed(str(error)) from error


def _make_topics(stack: Stack) -> None:
    from shared.events.kafka_client import KafkaError
    from shared.events.kafka_topics import WrongTopics, configure_topics

    try:
        configure_topics(stack.kafka_servers)
    except WrongTopics as error:
        raise BrokerFailed(f"Kafka at {stack.kafka_servers}: {error}") from error
    except KafkaError as error:
        raise BrokerFailed(f"No Kafka answers at {stack.kafka_servers}: {error!r}") from error
