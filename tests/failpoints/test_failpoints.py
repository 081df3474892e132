"""The failpoint harness itself: it visits every gap once, and a child that does not die is news."""

import os
import socket
import time
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy import create_engine, text

from tests.failpoints import harness
from tests.failpoints.harness import ChildFailed, Failpoints, NotKilled, run_in_child
from tests.failpoints.watches import watch_calls, watch_engines, watch_psycopg, watch_sockets


class Notebook:
    """Steps that leave traces outside the process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, word: str) -> None:
        (self.folder / word).touch()

    def read(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path)


def _failpoints(notebook: Notebook, *words: str) -> Failpoints:
    def work() -> None:
        for word in words:
            notebook.write(word)

    return Failpoints(work, [watch_calls(Notebook, "write")])


def test_a_kill_comes_after_the_step_before_and_before_the_step_of_its_name(
    notebook: Notebook,
) -> None:
    failpoints = _failpoints(notebook, "a", "b")

    assert failpoints.kill_at(1) == ["Notebook.write", "Notebook.write"]
    assert notebook.read() == {"a"}


def test_the_last_point_is_the_end_of_the_work(notebook: Notebook) -> None:
    failpoints = _failpoints(notebook, "a", "b")

    assert failpoints.record() == ["Notebook.write", "Notebook.write", "end"]
    assert failpoints.kill_at(99)[-1] == "end"
    assert notebook.read() == {"a", "b"}


def test_watching_ends_with_the_child(notebook: Notebook) -> None:
    untouched = Notebook.write

    _failpoints(notebook, "a").record()

    assert Notebook.write is untouched


def test_work_that_fails_by_itself_is_not_taken_for_a_kill() -> None:
    def fail() -> None:
        raise ValueError

    with pytest.raises(NotKilled, match="point 0: ended with 1"):
        Failpoints(fail, []).kill_at(0)
    with pytest.raises(NotKilled, match="the unharmed run ended with 1"):
        Failpoints(fail, []).record()
    with pytest.raises(ChildFailed, match="ended with 1"):
        run_in_child(fail)


def test_work_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "LONGEST_RUN_SECONDS", 1)

    with pytest.raises(NotKilled, match="ended with -14"):
        Failpoints(lambda: time.sleep(60), []).kill_at(0)


def test_statements_and_commits_are_points_with_sqlalchemy_and_without(database: Any) -> None:
    url = database.url("patient_service")

    def work() -> None:
        with create_engine(url).begin() as engine:
            engine.execute(text("SELECT 1 /* engine */"))
        plain = psycopg2.connect(url.replace("+psycopg2", ""))
        with plain, plain.cursor() as cursor:
            cursor.execute("SELECT 22 /* plain */")

    points = Failpoints(work, [watch_engines, watch_psycopg]).record()

    assert points == [
        "sql SELECT # /* engine */",
        "commit",
        "sql SELECT # /* plain */",
        "commit",
        "end",
    ]


def test_the_steps_of_a_socket_are_points_and_an_answer_in_pieces_is_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def work() -> None:
            with socket.create_connection(("127.0.0.1", port)) as client:
                other, _ = server.accept()
                client.sendall(b"HELO 12")
                os.write(other.fileno(), b"ab")
                piece = bytearray(1)
                client.recv_into(piece)
                client.recv_into(piece)

        points = Failpoints(work, [watch_sockets({port: "smtp"})]).record()

    assert points == ["smtp connect", "smtp send HELO #", "smtp receive", "end"]
