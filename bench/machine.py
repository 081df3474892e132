"""What a figure was measured on: without that it means nothing."""

import os
import platform
from pathlib import Path

from sqlalchemy import Engine, text


def described(admin: Engine) -> list[str]:
    load, _, _ = os.getloadavg()
    with admin.connect() as connection:
        version = connection.scalar(text("SHOW server_version"))
        fsync = connection.scalar(text("SHOW fsync"))
    return [
        f"{os.cpu_count()} cores, {_processor()}, {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, PostgreSQL {version} with fsync {fsync}",
        f"load before the start {load:.1f}",
    ]


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
