"""Somebody holds rows, and somebody else waits for them."""

import time

from sqlalchemy import Connection, text

HOLD_MAILBOXES = "SELECT id FROM mailbox WHERE id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE"
HOLD_SEARCHES = "SELECT id FROM platzsuche WHERE id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE"

_MINE = "pg_backend_pid() = ANY (pg_blocking_pids(pid))"
_WAITING = f"SELECT count(*) FROM pg_stat_activity WHERE {_MINE}"
_LONGEST_WAIT_SECONDS = 30


def wait_until_somebody_waits_for(holder: Connection) -> None:
    deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
    while not holder.scalar(text(_WAITING)):
        assert time.monotonic() < deadline, "nobody waits"
        holder.execute(text("SELECT pg_stat_clear_snapshot()"))  # else it shows one moment only
