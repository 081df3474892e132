"""Kafka's jars: exactly those of kafka_jars.lock, from Maven's cache on this machine or fetched.

`python -m devstack.kafka_jars` resolves them anew and rewrites the list.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import jgo
from jgo.maven import MavenContext

from devstack.kafka_settings import KAFKA_VERSION

# The `!` keeps the parent of log4j from deciding the versions of Kafka's own parts.
_WANTED = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}!"
    "+org.apache.logging.log4j:log4j-slf4j-impl:2.25.5!"
)
_LOCK = Path(__file__).with_suffix(".lock")
_AT_ONCE = 8


class WrongJar(RuntimeError):
    """A jar cannot be had as the list promises it."""


def class_path() -> list[Path]:
    """All jars, fetched when they are missing, checked always."""
    maven = MavenContext()
    with _alone(maven.repo_cache), ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda line: checked_jar(maven, *line.split()), _locked()))


def cache() -> Path:
    """Maven's on this machine; M2_REPO names another."""
    return MavenContext().repo_cache


def are_here() -> bool:
    """Whether `class_path` needs no network."""
    maven = MavenContext()
    coordinates = (line.split()[0] for line in _locked())
    artifacts = (maven.create_dependency(coordinate).artifact for coordinate in coordinates)
    return all(artifact.cached_path and artifact.cached_path.exists() for artifact in artifacts)


def checked_jar(maven: MavenContext, coordinate: str, sha256: str) -> Path:
    """Raises WrongJar, and keeps nothing that is wrong."""
    for _attempt in range(2):
        jar = _fetched(maven, coordinate)
        if _sha256(jar) == sha256:
            return jar
        jar.unlink()  # an interrupted download, most often: fetched once more
    raise WrongJar(f"{coordinate} does not have the sha256 that {_LOCK.name} promises.")


def _fetched(maven: MavenContext, coordinate: str) -> Path:
    try:
        return maven.create_dependency(coordinate).artifact.resolve()
    except (OSError, RuntimeError) as error:  # no network, no such jar
        raise WrongJar(f"{coordinate} cannot be fetched: {error}") from error


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _locked() -> list[str]:
    return _LOCK.read_text().splitlines()


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Two that fetch at a time would read each other's halves."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".psychotherapy-matching.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> None:
    artifacts = jgo.resolve(_WANTED)
    lines = (f"{a.groupId}:{a.artifactId}:{a.version} {_sha256(a.resolve())}" for a in artifacts)
    _LOCK.write_text("\n".join(sorted(lines)) + "\n")


if __name__ == "__main__":
    main()
