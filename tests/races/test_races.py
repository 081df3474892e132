"""A short `make races`: fewer requests and connections, four towns."""

from collections.abc import Callable
from typing import Any

from tests.issuer import Issuer
from tests.races.meeting import Terms, meet
from tests.races.tally import Tally

REQUESTS = 300
TERMS = Terms(REQUESTS, seed=1, connections=4, towns=4, searches_per_town=9)


def test_no_promise_is_broken_while_16_connections_race_for_the_same_things(
    database: Any, issuer: Issuer, record_property: Callable[[str, object], None]
) -> None:
    record = meet(database, issuer, TERMS)

    tally = Tally(record, REQUESTS)
    record_property("races_requests", tally.requests)
    record_property("races_collisions", tally.collisions.total())
    assert record.violations == []
    assert not tally.faults
    assert (record.deadlocks, record.parked) == (0, 0)
    assert tally.requests >= REQUESTS
    assert tally.collisions.total() >= REQUESTS // 10
