"""An SMTP server that keeps every message as a file and sends nothing anywhere."""

import argparse
import asyncio
import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class MailFolder:
    """Message → one .eml file, complete or not there at all, on disk before SMTP says 250."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock
        self._counter = itertools.count(1)

    async def handle_DATA(  # noqa: N802  aiosmtpd calls it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        name = self.keep(_received_by(envelope) + content)
        return f"250 Kept as {name}"

    def keep(self, message: bytes) -> str:
        """Names sort by arrival."""
        arrived = self._clock().strftime("%Y%m%dT%H%M%S.%f")
        name = f"{arrived}-{os.getpid()}-{next(self._counter):06d}.eml"
        unfinished = self._folder / f".{name}"
        with unfinished.open("wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._folder / name)
        _sync_folder(self._folder)
        return name


def _received_by(envelope: Envelope) -> bytes:
    """Who the mail server was told to deliver to, which the message itself need not say."""
    lines = [f"X-Envelope-From: {envelope.mail_from}"]
    lines += [f"X-Envelope-To: {recipient}" for recipient in envelope.rcpt_tos]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def serve(folder: Path, port: int) -> asyncio.Server:
    """Listens on 127.0.0.1 only."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = MailFolder(folder, lambda: datetime.now(UTC))
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(kept, hostname="mail-sink.localhost", enable_SMTPUTF8=True, loop=loop),
        "127.0.0.1",
        port,
    )


async def _serve_forever(folder: Path, port: int) -> None:
    server = await serve(folder, port)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m devstack.mail_sink")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    wanted = parser.parse_args()
    asyncio.run(_serve_forever(wanted.folder, wanted.port))


if __name__ == "__main__":
    main()
