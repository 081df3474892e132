"""The embedded Kafka: what its users may rely on."""

from devstack.kafka import cluster_id_at


def test_the_broker_of_the_test_run_answers(kafka_servers: str) -> None:
    assert cluster_id_at(kafka_servers) is not None
