"""The S3-compatible bucket into which the scraper lays its files."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from therapist_service.domain.scrape_files import FoundFile
from therapist_service.gateways.files import LARGEST_FILE_BYTES, StorageUnavailable

_CONNECT_SECONDS, _READ_SECONDS = 5, 10
_NANOSECONDS = 10**9


@dataclass(frozen=True)
class BucketAddress:
    """`endpoint_url` empty: Amazon's own of the region."""

    name: str
    prefix: str
    endpoint_url: str
    region: str
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)


class Bucket:
    kind = "bucket"

    def __init__(self, address: BucketAddress) -> None:
        self._address = address

    def found(self) -> list[FoundFile]:
        with _outages():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._address.name, Prefix=self._address.prefix
            )
            objects = [one for page in pages for one in page.get("Contents", ())]
        return [file for one in objects if (file := self._look(one)) is not None]

    def read(self, name: str) -> bytes | None:
        """What is larger than allowed stays where it is, but for one byte."""
        with _outages():
            try:
                answer = self._client.get_object(
                    Bucket=self._address.name, Key=self._address.prefix + name
                )
            except self._client.exceptions.NoSuchKey:
                return None
            with answer["Body"] as body:
                content: bytes = body.read(LARGEST_FILE_BYTES + 1)
        if len(content) < min(answer["ContentLength"], LARGEST_FILE_BYTES + 1):
            raise StorageUnavailable("cut_off")
        return content

    @cached_property
    def _client(self) -> Any:
        # Loaded here, because only a worker whose files lie in a bucket needs it.
        import boto3
        from botocore.config import Config

        return boto3.session.Session().client(
            "s3",
            endpoint_url=self._address.endpoint_url or None,
            region_name=self._address.region,
            aws_access_key_id=self._address.access_key_id,
            aws_secret_access_key=self._address.secret_access_key,
            config=Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"total_max_attempts": 2, "mode": "standard"},
                # Not every server that speaks S3 knows Amazon's newer checksums and host names.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": "path" if self._address.endpoint_url else "auto"},
            ),
        )

    def _look(self, entry: Mapping[str, Any]) -> FoundFile | None:
        name = entry["Key"].removeprefix(self._address.prefix)
        if not name.endswith(".json") or not name.isprintable():
            return None
        modified_ns = int(entry["LastModified"].timestamp() * _NANOSECONDS)
        return FoundFile(name, entry["Size"], modified_ns, entry["ETag"])


@contextmanager
def _outages() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "ClientError"))
        raise StorageUnavailable(code) from None
    except BotoCoreError as error:
        raise StorageUnavailable(type(error).__name__) from None
