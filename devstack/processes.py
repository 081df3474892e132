"""What the kernel says about processes: which live, since when, and in whose session.

All programs of a stack share the session of their supervisor, also after its death and also
those that were restarted since: a session's number is not given away while a member lives.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

_GRACE_SECONDS = 10.0


def started_at(pid: int) -> str | None:
    """A mark that no later process with the same number shares; None when it does not live."""
    if Path("/proc/self/stat").exists():
        return _started_at_by_kernel(pid)
    listed = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return listed.stdout.strip() or None


def boot() -> str:
    """Names this run of the machine: process ids of an earlier one mean nothing."""
    file = Path("/proc/sys/kernel/random/boot_id")
    return file.read_text().strip() if file.exists() else ""


def members_of(session: int) -> list[int]:
    """Everybody alive in the session, its leader included."""
    return [pid for pid in _all_pids() if _session_of(pid) == session and started_at(pid)]


def end_session(session: int) -> None:
    """Returns when nobody of the session is left."""
    _signal(members_of(session), signal.SIGTERM)
    if not _wait_until_empty(session):
        _signal(members_of(session), signal.SIGKILL)
        _wait_until_empty(session)


def _wait_until_empty(session: int) -> bool:
    deadline = time.monotonic() + _GRACE_SECONDS
    while members_of(session):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _all_pids() -> list[int]:
    proc = Path("/proc")
    if (proc / "self").exists():
        return [int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal()]
    listed = subprocess.run(["ps", "-Ao", "pid="], check=True, capture_output=True, text=True)
    return [int(pid) for pid in listed.stdout.split()]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _started_at_by_kernel(pid: int) -> str | None:
    """Field 22 of /proc/<pid>/stat; a zombie has ended and only waits to be buried."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]
