"""The account that runs PostgreSQL: never root, because PostgreSQL refuses to run as root.

As root we drop to the numeric account `nobody`, which needs no creating; otherwise the account
is the current user's own and nothing is dropped.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

NOBODY = 65534
# Survives a reboot, unlike the system's temporary folder, and every account may walk through it.
_SHARED_GROUND = Path("/var/tmp/psychotherapy-matching")  # noqa: S108  (mode 755, ours, no secrets)


def account() -> int | None:
    """The uid and gid to drop to, None when there is nothing to drop."""
    return NOBODY if os.geteuid() == 0 else None


def run(command: list[str], *, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
        user=account(),
        group=account(),
        extra_groups=None if account() is None else [],
    )


def become() -> None:
    """Drop root for the rest of this process."""
    uid = account()
    if uid is not None:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)


def reachable(path: Path) -> bool:
    """Whether the account can walk into this folder or execute this file."""
    return run(["test", "-x", str(path)], cwd=Path("/")).returncode == 0


def own_folder(wanted: Path) -> Path:
    """An existing folder that belongs to the account alone.

    It is the wanted one, or, when that lies where the account cannot go (below a home of
    mode 700), a folder on shared ground that always belongs to the wanted one.
    """
    wanted.mkdir(parents=True, exist_ok=True)
    folder = wanted if reachable(wanted.parent) else _substitute(wanted)
    uid = account()
    if uid is not None:
        os.chown(folder, uid, uid)
    folder.chmod(0o700)
    return folder


def executable_copy(folder: Path, probe: str) -> Path:
    """`folder` when the account can execute `folder/probe`, else a copy of it where it can."""
    if reachable(folder / probe):
        return folder
    built_at = (folder / probe).stat().st_mtime_ns  # an upgrade gets a copy of its own
    target = _shared_ground() / _name_of(f"{folder.resolve()}:{built_at}")
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=_shared_ground()) as unfinished:
            Path(unfinished).chmod(0o755)
            shutil.copytree(folder, Path(unfinished) / "copy")
            (Path(unfinished) / "copy").rename(target)
    return target


def _substitute(original: Path) -> Path:
    substitute = _shared_ground() / _name_of(str(original.resolve()))
    substitute.mkdir(exist_ok=True)
    return substitute


def _name_of(original: str) -> str:
    return hashlib.sha256(original.encode()).hexdigest()[:16]


def _shared_ground() -> Path:
    _SHARED_GROUND.mkdir(exist_ok=True)
    if _SHARED_GROUND.is_symlink() or _SHARED_GROUND.stat().st_uid != os.geteuid():
        message = f"{_SHARED_GROUND} belongs to somebody else; remove it or move the checkout."
        raise PermissionError(message)
    _SHARED_GROUND.chmod(0o755)
    return _SHARED_GROUND
