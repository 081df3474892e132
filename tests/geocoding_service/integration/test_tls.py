"""A server over TLS is believed when somebody we trust vouches for it, and only then."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from geocoding_service.config import Config
from geocoding_service.gateways import http_get
from tests.geocoding_service.conftest import Serve
from tests.geocoding_service.hostile import HostileServer, hangs, house, says

NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, and its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def secured(certificate: Path) -> Iterator[HostileServer]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server = HostileServer([says([house()])], tls=tls)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _fresh_trust() -> Iterator[None]:
    """A process decides once whom it trusts."""
    http_get._context.cache_clear()
    yield
    http_get._context.cache_clear()


def _source(start: Serve, outside: Config, url: str) -> str:
    api = start(outside, nominatim_url=url)
    answer = api.get("/api/geocode", query_string={"address": "Markt 1, 52062 Aachen"})
    return str((answer.json or {})["source"])


def test_whom_somebody_vouches_for_is_believed(
    start: Serve,
    outside: Config,
    secured: HostileServer,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    assert _source(start, outside, secured.url) == "nominatim"


def test_whom_nobody_vouches_for_hears_no_question(
    start: Serve, outside: Config, secured: HostileServer
) -> None:
    assert _source(start, outside, secured.url) == "plz_centroids"
    assert secured.visits == []


def test_who_never_shakes_hands_is_silent(
    start: Serve, outside: Config, nominatim: HostileServer
) -> None:
    nominatim.plays(hangs)

    url = nominatim.url.replace("http://", "https://")
    assert _source(start, outside, url) == "plz_centroids"
