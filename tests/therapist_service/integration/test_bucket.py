"""The scraper's files in an S3-compatible bucket, over real HTTP."""

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from flask.testing import FlaskClient
from moto.server import ThreadedMotoServer
from prometheus_client import REGISTRY

from shared.db import Database
from tests.therapist_service.records import KIM, added, counts
from therapist_service.config import Config
from therapist_service.gateways.bucket import Bucket, BucketAddress
from therapist_service.gateways.files import LARGEST_FILE_BYTES, StorageUnavailable
from therapist_service.jobs.import_scrapes import import_scrapes
from therapist_service.wiring import Wiring, wire

FILE = "therapists_20261101_030000.json"
PREFIX = "scrapes/"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def s3(server: str) -> Iterator[Any]:
    """As the scraper has it; the bucket is empty."""
    client = boto3.client(
        "s3",
        endpoint_url=server,
        region_name="eu-central-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(
        Bucket="scraper", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    yield client
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="scraper"):
        keys = [{"Key": one["Key"]} for one in page.get("Contents", ())]
        if keys:
            client.delete_objects(Bucket="scraper", Delete={"Objects": keys})
    client.delete_bucket(Bucket="scraper")
    client.close()


def bucket_at(endpoint: str, name: str = "scraper") -> Bucket:
    return Bucket(BucketAddress(name, PREFIX, endpoint, "eu-central-1", "key", "secret"))


@pytest.fixture
def in_bucket(config: Config, server: str) -> Config:
    return replace(
        config,
        scraper_folder="",
        scraper_bucket="scraper",
        scraper_prefix=PREFIX,
        scraper_endpoint_url=server,
        scraper_access_key_id="key",
        scraper_secret_access_key="secret",
    )


@pytest.fixture
def bucket_wiring(in_bucket: Config) -> Wiring:
    return wire(in_bucket)


@pytest.fixture
def look(own_database: Database) -> Callable[[Wiring], int]:
    return lambda wiring: import_scrapes(own_database, wiring, datetime.now(UTC))


def lay(s3: Any, document: Any, name: str = FILE) -> None:
    s3.put_object(Bucket="scraper", Key=PREFIX + name, Body=json.dumps(document).encode())


def imports(api: FlaskClient) -> list[dict[str, Any]]:
    return list((api.get("/api/v2/scraper-imports").json or {})["data"])


def storage(api: FlaskClient) -> dict[str, Any]:
    return dict(api.get("/api/v2/scraper-imports/storage").json or {})


def reachable() -> float | None:
    return REGISTRY.get_sample_value("scraper_storage_reachable")


def test_files_in_the_bucket_are_imported_once_and_again_when_they_change(
    s3: Any, api: FlaskClient, look: Callable[[Wiring], int], bucket_wiring: Wiring
) -> None:
    lay(s3, added(KIM))
    lay(s3, {"therapists": [KIM]}, "2026-11-02/52062.json")
    s3.put_object(Bucket="scraper", Key="elsewhere/" + FILE, Body=b"{")
    rounds = []
    for _ in range(2):
        rounds.append(look(bucket_wiring))
        api.post("/api/v2/scraper-imports/trigger")
    lay(s3, {**added(KIM), "scrape_id": "again"})
    rounds.append(look(bucket_wiring))

    assert rounds == [2, 0, 1]
    assert [(one["file"], one["counts"]) for one in imports(api)] == [
        (FILE, counts(new=1)),
        ("2026-11-02/52062.json", counts(unchanged=1)),
        (FILE, counts(unchanged=1)),
    ]


def test_more_files_than_one_page_lists_are_all_found(s3: Any, server: str) -> None:
    for number in range(1_003):
        lay(s3, {}, f"2026-11-02/{number:05}.json")

    found = bucket_at(server).found()

    assert len({file.name for file in found}) == 1_003
    assert all(file.etag and file.modified_ns and file.size == 2 for file in found)


@pytest.mark.parametrize("content", [b"", b"{}", bytes(1000)])
def test_a_file_is_read_whole(s3: Any, server: str, content: bytes) -> None:
    s3.put_object(Bucket="scraper", Key=PREFIX + FILE, Body=content)
    assert bucket_at(server).read(FILE) == content


def test_of_a_file_that_is_too_large_one_byte_more_than_allowed_is_read(
    s3: Any, server: str
) -> None:
    s3.upload_fileobj(io.BytesIO(bytes(LARGEST_FILE_BYTES + 10**6)), "scraper", PREFIX + FILE)
    assert len(bucket_at(server).read(FILE) or b"") == LARGEST_FILE_BYTES + 1


def test_a_file_that_has_gone_meanwhile_is_none(s3: Any, server: str) -> None:
    assert bucket_at(server).read("gone.json") is None


class Answering:
    """A server in the place of the storage that says the same to everybody."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01])
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def answering() -> Iterator[Callable[..., str]]:
    opened: list[Answering] = []

    def answer(status: int, body: bytes = b"", **headers: str) -> str:
        opened.append(Answering(status, {"Content-Length": str(len(body)), **headers}, body))
        return opened[-1].url

    yield answer
    for server in opened:
        server.close()


REFUSED = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"


def test_a_storage_that_refuses_or_breaks_is_an_outage_with_a_code(
    answering: Callable[..., str], server: str
) -> None:
    ways = {
        "AccessDenied": bucket_at(answering(403, REFUSED)),
        "500": bucket_at(answering(500)),
        "EndpointConnectionError": bucket_at("http://127.0.0.1:9"),
        "NoSuchBucket": bucket_at(server, "nowhere"),
    }
    for code, bucket in ways.items():
        with pytest.raises(StorageUnavailable, match=code):
            bucket.found()
        with pytest.raises(StorageUnavailable, match=code):
            bucket.read(FILE)


def test_a_file_that_breaks_off_on_its_way_is_an_outage_and_no_half_file(
    answering: Callable[..., str],
) -> None:
    url = answering(200, b'{"additions": [', **{"Content-Length": "4000"})
    with pytest.raises(StorageUnavailable):
        bucket_at(url).read(FILE)


def test_an_outage_loses_nothing_and_is_seen_until_it_is_over(
    s3: Any,
    api: FlaskClient,
    look: Callable[[Wiring], int],
    in_bucket: Config,
    bucket_wiring: Wiring,
) -> None:
    lay(s3, added(KIM))
    away = wire(replace(in_bucket, scraper_endpoint_url="http://127.0.0.1:9"))
    first = look(away)
    api.post("/api/v2/scraper-imports/trigger")
    again = look(away)
    during, reachable_then = storage(api), reachable()
    api.post("/api/v2/scraper-imports/trigger")
    afterwards = look(bucket_wiring)

    assert (first, again, afterwards) == (0, 0, 1)
    assert during["trouble"] == "EndpointConnectionError"
    assert during["trouble_since"] < during["looked_at"]
    assert (reachable_then, reachable()) == (0.0, 1.0)
    assert (storage(api)["trouble"], storage(api)["trouble_since"]) == (None, None)
    assert [one["counts"] for one in imports(api)] == [counts(new=1)]
