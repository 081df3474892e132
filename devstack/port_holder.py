"""Who listens on a port, as far as the kernel tells us (Linux's /proc)."""

from pathlib import Path

_LISTENING = "0A"


def holder_of(port: int) -> str | None:
    """`process 4711 (gunicorn)`; None when it cannot be found out."""
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for process in Path("/proc").glob("[0-9]*"):
        if _holds(process, inodes):
            return f"process {process.name} ({_name_of(process)})"
    return None


def _listening_inodes(port: int) -> list[str]:
    found = []
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else []:
            fields = line.split()
            local_port = int(fields[1].rsplit(":", 1)[1], 16)
            if fields[3] == _LISTENING and local_port == port:
                found.append(fields[9])
    return found


def _holds(process: Path, inodes: set[str]) -> bool:
    try:
        return any(str(file.readlink()) in inodes for file in (process / "fd").iterdir())
    except OSError:  # it ended meanwhile, or is not ours to look into
        return False


def _name_of(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "already gone"
