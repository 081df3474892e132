"""What runs as Kafka is exactly what the list says."""

import hashlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from jgo.maven import MavenContext

from devstack.kafka_jars import WrongJar, checked_jar

JAR = "example:thing:1.0"
GOOD = b"the real jar"
SHA256 = hashlib.sha256(GOOD).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent."""


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """What the repository serves."""
    folder = tmp_path / "remote" / "example" / "thing" / "1.0"
    folder.mkdir(parents=True)
    jar = folder / "thing-1.0.jar"
    jar.write_bytes(GOOD)
    return jar


@pytest.fixture
def maven(tmp_path: Path, shelf: Path) -> Iterator[MavenContext]:
    handler = partial(Quiet, directory=str(tmp_path / "remote"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield MavenContext(repo_cache=tmp_path / "cache", remote_repos={"test": url})
        server.shutdown()
        thread.join()


def cached(maven: MavenContext) -> Path:
    return maven.repo_cache / "example" / "thing" / "1.0" / "thing-1.0.jar"


def test_a_jar_as_listed_is_fetched_once(maven: MavenContext, shelf: Path) -> None:
    checked_jar(maven, JAR, SHA256)
    shelf.unlink()
    assert checked_jar(maven, JAR, SHA256).read_bytes() == GOOD


def test_half_a_jar_is_fetched_anew(maven: MavenContext) -> None:
    cached(maven).parent.mkdir(parents=True)
    cached(maven).write_bytes(GOOD[:3])
    assert checked_jar(maven, JAR, SHA256).read_bytes() == GOOD


def test_a_jar_with_other_bytes_is_refused_and_not_kept(maven: MavenContext, shelf: Path) -> None:
    shelf.write_bytes(b"something else")
    with pytest.raises(WrongJar, match=JAR):
        checked_jar(maven, JAR, SHA256)
    assert not cached(maven).exists()
