"""`make bench BENCH=scraping`: how long the import of a whole country's file takes."""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bench import machine
from devstack.region.region import GERMANY
from devstack.region.therapists import Record, therapists
from shared.db import Database
from tests.delivery.servers import own_database
from therapist_service.config import Config
from therapist_service.jobs.import_scrapes import import_all
from therapist_service.wiring import wire

THERAPISTS = 8_300
NOBODY = "http://127.0.0.1:9"
"""Places are asked for later; the geocoding service is not what is measured."""


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as at_the_end:
        room = Path(folder)
        server = at_the_end.enter_context(own_database(room / "postgres", durable=True))
        admin = create_engine(server.admin_url, poolclass=NullPool)
        print(*machine.described(admin), sep="\n", end="\n\n", flush=True)
        config = _config(server.url("therapist_service"), room)
        database = Database(config.database_url)
        at_the_end.callback(database.dispose)
        print("| one file with | seconds | of them our own | records/s | load | counts |")
        print("|---|---:|---:|---:|---:|---|", flush=True)
        for name, document in _files():
            print(_measured(database, config, name, document), flush=True)


def _files() -> Iterator[tuple[str, dict[str, list[Record]]]]:
    people = therapists(GERMANY)[:THERAPISTS]
    yield f"{len(people):,} new therapists", {"additions": people}
    yield "the same again, unchanged", {"modifications": people}
    moved = [_moved(one) if number % 10 == 0 else one for number, one in enumerate(people)]
    yield "the same, every tenth has moved", {"modifications": moved}
    broken = [_broken(one) if number % 100 == 0 else one for number, one in enumerate(people)]
    yield "the same, moved back, every hundredth unreadable", {"modifications": broken}
    yield "all of them gone", {"deletions": people}


def _moved(one: Record) -> Record:
    return {**one, "location": {**one["location"], "street": "Neuer Weg"}}


def _broken(one: Record) -> Record:
    return {**one, "location": {**one["location"], "postal_code": "unbekannt"}}


def _measured(database: Database, config: Config, name: str, document: Any) -> str:
    files = Path(config.scraper_folder)
    laid = len(list(files.iterdir())) + 1
    content = json.dumps(document, ensure_ascii=False).encode()
    (files / f"therapists_202611{laid:02}_030000.json").write_bytes(content)
    began, worked = time.perf_counter(), time.process_time()
    import_all(database, wire(config), datetime.now(UTC))
    seconds, own = time.perf_counter() - began, time.process_time() - worked
    with database.transaction() as session:
        counts = session.scalar(text("SELECT counts FROM scraper_imports ORDER BY id DESC LIMIT 1"))
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items() if count)
    speed, (load, _, _) = sum(counts.values()) / seconds, os.getloadavg()
    return f"| {name} | {seconds:.1f} | {own:.1f} | {speed:,.0f} | {load:.1f} | {told} |"


def _config(database_url: str, room: Path) -> Config:
    files = room / "files"
    files.mkdir()
    return Config(
        environment="test",
        database_url=database_url,
        oidc_issuer=NOBODY,
        oidc_jwks_url=NOBODY,
        oidc_token_url=NOBODY,
        service_client_secret="",
        geocoding_service_url=NOBODY,
        matching_service_url=NOBODY,
        mailbox_key_secret="only-for-measuring",  # noqa: S106
        scraper_folder=str(files),
    )


if __name__ == "__main__":
    main()
