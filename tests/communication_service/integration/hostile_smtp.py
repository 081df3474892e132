"""A real SMTP server on loopback that misbehaves at one chosen step of the dialogue."""
# ruff: noqa: N802 -- aiosmtpd finds its steps by these names

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Step(Enum):
    GREETING = "greeting"
    EHLO = "EHLO"
    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    TEXT = "in the text"
    END = "end of data"


class Mischief(Enum):
    DROP = "drops the connection"
    HANG = "says nothing"
    DRIP = "drips an endless reply"
    LATE = "answers late"


LATE_SECONDS = 0.05
DRIP_SECONDS = 0.02
# Ends the text of every mail in two forms.
LAST_LINE = b"--\r\n"
USERNAME = b"praxispost"
PASSWORD = b"geheim"


@dataclass
class Postbox:
    """What the server took responsibility for, or at least heard up to the end."""

    heard: list[Envelope] = field(default_factory=list)
    dropped: threading.Event = field(default_factory=threading.Event)


@dataclass
class Manners:
    """What every new dialogue will be like; by default, as it should be."""

    step: Step | None = None
    reply: str | Mischief = ""


class HostileSmtp(SMTP):
    """`reply` is said at `step` in place of the usual one; a Mischief is done there."""

    def __init__(
        self,
        postbox: Postbox,
        step: Step | None = None,
        reply: str | Mischief = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(
            self,
            hostname="sink.example",
            tls_context=tls,
            authenticator=_authenticate,
            loop=asyncio.get_running_loop(),
        )
        self.postbox = postbox
        self.step = step
        self.reply = reply

    async def _handle_client(self) -> None:
        wire = self._open_wire()
        try:
            if await self._plays_along(Step.GREETING):
                await super()._handle_client()
        finally:
            wire.abort()

    async def smtp_EHLO(self, hostname: str) -> None:
        if await self._plays_along(Step.EHLO):
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        if await self._plays_along(Step.EHLO):
            await super().smtp_HELO(hostname)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if await self._plays_along(Step.MAIL):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if await self._plays_along(Step.RCPT):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if self.step is Step.TEXT:
            await self.push("354 go ahead")
        if await self._plays_along(Step.TEXT) and await self._plays_along(Step.DATA):
            await super().smtp_DATA(arg)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.postbox.heard.append(envelope)
        if self.step is Step.END and isinstance(self.reply, str):
            return self.reply
        await self._plays_along(Step.END)
        return "250 2.0.0 Ok: queued as 4711"

    async def _plays_along(self, step: Step) -> bool:
        """False: the step is over, for better or worse."""
        if step is not self.step:
            return True
        match self.reply:
            case Mischief.LATE:
                await asyncio.sleep(LATE_SECONDS)
                return True
            case Mischief.DROP:
                if self.step is Step.TEXT:
                    await self._reader.readuntil(LAST_LINE)
                self._open_wire().abort()
                self.postbox.dropped.set()
            case Mischief.HANG:
                self._open_wire().pause_reading()
                await asyncio.Event().wait()
            case Mischief.DRIP:
                await self._drip()
            case words:
                await self.push(words)
        return False

    def _open_wire(self) -> asyncio.Transport:
        assert isinstance(self.transport, asyncio.Transport)
        return self.transport

    async def _drip(self) -> None:
        wire = self._open_wire()
        while not wire.is_closing():
            wire.write(b"250-")
            await asyncio.sleep(DRIP_SECONDS)


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
) -> AuthResult:
    known = (login.login, login.password) == (USERNAME, PASSWORD)
    return AuthResult(success=known, handled=False)


@contextlib.contextmanager
def listening(protocol: Callable[[], HostileSmtp]) -> Iterator[int]:
    """Yields the port. aiosmtpd's own controller waits for a greeting, which may never come."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_end_all(server))
        loop.close()


async def _end_all(server: asyncio.Server) -> None:
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await server.wait_closed()
    await asyncio.sleep(0)
