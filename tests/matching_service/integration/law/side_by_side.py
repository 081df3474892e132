"""Statements that meet in the same moment, each in a transaction of its own."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tests.matching_service.integration.law.law_in_sql import sqlstate


def run_side_by_side(engine: Engine, runs: Sequence[tuple[str, Mapping[str, object]]]) -> list[str]:
    """Per run `done` or the SQLSTATE of its refusal, in order."""
    barrier = Barrier(len(runs), timeout=30)

    def run(one: tuple[str, Mapping[str, object]]) -> str:
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql("SELECT now()")
                barrier.wait()
                connection.execute(text(one[0]), one[1])
        except DBAPIError as error:
            return sqlstate(error)
        return "done"

    with ThreadPoolExecutor(len(runs)) as threads:
        return list(threads.map(run, runs))
