"""A second reader projects everything anew, beside the worker and without touching its business."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from shared.contracts.event_types import THERAPIST_EVENTS
from shared.events.consumer import BATCH
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from shared.events.postgres_transport import PostgresTransport
from shared.events.rebuild import Replay
from tests.shared.integration.inboxes import PROJECTING, REACTING, TOPIC, Inbox, Ward, event

BOTH = Handlers(projections=PROJECTING.projections, reactions=REACTING.reactions)


@pytest.fixture
def both(ends: Any, inbox: Inbox) -> Iterator[Inbox]:
    """Projects and reacts."""
    opened = Inbox(ends, BOTH)
    yield opened
    opened.close()


def test_traffic_in_one_topic_does_not_end_the_replay_of_another(ends: Any) -> None:
    seen: set[tuple[str, str]] = set()
    handlers = Handlers()

    @handlers.projection("patient.updated")
    def see(_session: Session, events: Sequence[Event], _wiring: None, _now: datetime) -> None:
        seen.update((event.topic, event.key) for event in events)

    kept = [replace(event(str(n)), topic=THERAPIST_EVENTS) for n in range(3 * BATCH)]
    with (
        closing(PostgresTransport(ends.teller_url)) as producer,
        closing(PostgresTransport(ends.listener_url, [TOPIC, THERAPIST_EVENTS], "again")) as reader,
    ):
        producer.append([*kept, event("7")])
        traffic = [[event(f"{rounds}-{n}") for n in range(BATCH)] for rounds in range(3)]

        def go_on(_line: str) -> None:
            if traffic:
                producer.append(traffic.pop())

        Replay(ends.listener, handlers, None).run(reader, go_on)

    assert {(one.topic, one.key) for one in kept} <= seen


def test_a_replay_leaves_parked_events_to_the_worker_and_their_order_alone(
    both: Inbox, ends: Any
) -> None:
    both.ward.broken = {"7"}
    both.receive(event("7"))
    both.ward.broken = set()
    told_meanwhile = [event("7", 2), event("8")]
    ward = Ward(broken={"8"})

    replay = _replay(ends, ward, told_meanwhile)

    assert (ward.batches[0], replay.failed) == (["7", "7", "8"], 1)
    assert both.parked() == [("7", 1, 1)]
    both.receive()
    both.retry()
    assert both.effects() == [("8", 1), ("7", 1), ("7", 2)]


def _replay(ends: Any, ward: Ward, news: Sequence[Event]) -> Replay:
    projecting = Replay(ends.listener, Handlers(projections=BOTH.projections), ward)
    with (
        closing(PostgresTransport(ends.teller_url)) as producer,
        closing(PostgresTransport(ends.listener_url, [TOPIC], "again")) as reader,
    ):
        producer.append(news)
        projecting.run(reader, lambda _: None)
    return projecting
