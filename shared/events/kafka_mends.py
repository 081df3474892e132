"""What kafka-python 3.0.12 does wrong and we cannot live with; tests say when it is over."""

from typing import Any


def finish_every_join(reader: Any) -> None:
    """Joining a group takes as long as its other members need, often longer than one poll. Then
    the client forgets to finish: it throws the answer away and makes everybody join once more, or
    reads nothing ever after, when it had joined because partitions had changed."""
    coordinator = reader._coordinator  # noqa: SLF001
    asks_for_it, join = coordinator.need_rejoin, coordinator.join_group_async

    async def join_group_async(timeout_ms: float | None = None) -> Any:
        answer = coordinator._join_task  # noqa: SLF001
        if answer is not None and answer.is_done and coordinator.rebalance_in_progress():
            coordinator._join_task = _Unread(answer)  # noqa: SLF001
        return await join(timeout_ms)

    coordinator.need_rejoin = lambda: asks_for_it() or not coordinator.stable()
    coordinator.join_group_async = join_group_async


class _Unread:
    """An answer that the client takes for one yet to come, so that it waits for it and reads it."""

    is_done = False

    def __init__(self, answer: Any) -> None:
        self.add_callback = answer.add_callback
        self.add_errback = answer.add_errback
