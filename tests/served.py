"""A service's web process as users meet it: gunicorn, several workers, a real port."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

ROOT = Path(__file__).parent.parent


@contextmanager
def served(service: str, environment: Mapping[str, str], *, workers: int = 2) -> Iterator[str]:
    """The base URL of the service, which ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            "deploy/gunicorn.py",
            f"{service}.app:create_app()",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            **environment,
            "PORT": str(port),
            "WEB_WORKERS": str(workers),
            "LOG_LEVEL": "WARNING",
        },
    )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_until_ready(url: str) -> None:
    patient = Retry(total=None, connect=200, backoff_factor=0.05, backoff_max=0.2)
    with requests.Session() as session:
        session.mount(url, HTTPAdapter(max_retries=patient))
        session.get(f"{url}/readyz", timeout=10).raise_for_status()
