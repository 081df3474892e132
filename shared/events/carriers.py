"""Which carrier a process uses: the only place that chooses."""

import socket
from collections.abc import Sequence

from shared.config import KAFKA, ServiceConfig
from shared.events.postgres_transport import PostgresTransport
from shared.events.transport import Transport


def open_transport(
    service: str, config: ServiceConfig, topics: Sequence[str] = (), group: str = ""
) -> Transport:
    """`group` names a second reader of the same service, with a place of its own in the topics."""
    if config.event_transport == KAFKA:
        # Only where it is used: the client takes its time to load, and web processes never need it.
        from shared.events.kafka_transport import KafkaTransport

        return KafkaTransport(
            config.kafka_bootstrap_servers.split(","),
            group=f"{service}.{group}" if group else service,
            topics=topics,
            member=config.kafka_member or socket.gethostname(),
        )
    return PostgresTransport(config.database_url, topics, group)
