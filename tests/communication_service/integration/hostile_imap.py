"""A real IMAP server over TLS on loopback that misbehaves at one chosen step of the dialogue."""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

DRIP_SECONDS = 0.02
_FETCH = re.compile(r"FETCH (\d+) .*<0\.(\d+)>", re.IGNORECASE)
_SEARCH = re.compile(r"SEARCH UID (\d+):\* SINCE (\d+-\w+-\d+)", re.IGNORECASE)


class Step(Enum):
    GREETING = "greeting"
    LOGIN = "LOGIN"
    EXAMINE = "EXAMINE"
    SEARCH = "UID SEARCH"
    FETCH = "UID FETCH"


class Mischief(Enum):
    DROP = "drops the connection"
    BREAK_OFF = "drops it in the middle of a mail"
    HANG = "says nothing"
    DRIP = "drips an endless line"
    GARBAGE = "talks nonsense"
    BOAST = "announces more bytes than anybody could hold"
    REFUSE = "says no"
    WITHHOLD = "says OK and hands out nothing"


@dataclass(frozen=True)
class StoredMail:
    uid: int
    raw: bytes
    arrived_at: datetime


@dataclass
class Postroom:
    """What the server holds, and how it will behave; well, until a test says otherwise."""

    mails: list[StoredMail] = field(default_factory=list)
    uid_validity: int = 1
    step: Step | None = None
    mischief: Mischief = Mischief.DROP
    times: int = 1_000_000
    heard: list[str] = field(default_factory=list)

    def deliver(self, raw: bytes, arrived_at: datetime | None = None) -> int:
        uid = 1 + max((mail.uid for mail in self.mails), default=0)
        self.mails.append(StoredMail(uid, raw, arrived_at or datetime.now(UTC)))
        return uid

    def number_anew(self) -> None:
        """As after a restored backup: other numbers for the same mails."""
        self.uid_validity += 1
        self.mails = [
            StoredMail(number, mail.raw, mail.arrived_at)
            for number, mail in enumerate(reversed(self.mails), start=1)
        ]

    def misbehaves(self, step: Step) -> Mischief | None:
        if step is not self.step or self.times <= 0:
            return None
        self.times -= 1
        return self.mischief

    @contextlib.contextmanager
    def at(self, step: Step, mischief: Mischief, times: int = 1_000_000) -> Iterator[None]:
        self.step, self.mischief, self.times = step, mischief, times
        yield
        self.step = None


class _Over(Exception):
    """This dialogue is."""


class _Dialogue:
    def __init__(self, wire: socket.socket, room: Postroom, closing: threading.Event) -> None:
        self._wire, self._room, self._closing = wire, room, closing

    def hold(self) -> None:
        with contextlib.suppress(_Over, OSError), self._wire.makefile("rb") as lines:
            self._step(Step.GREETING, "*", lambda: self._say("* OK ready"))
            for line in lines:
                self._answer(line.decode().strip())

    def _answer(self, line: str) -> None:
        tag, _, command = line.partition(" ")
        self._room.heard.append(command)
        for step, act in (
            (Step.LOGIN, self._nothing),
            (Step.EXAMINE, self._examine),
            (Step.SEARCH, lambda: self._search(command)),
            (Step.FETCH, lambda: self._fetch(command)),
        ):
            if command.upper().startswith(step.value):
                if self._step(step, tag, act):
                    self._say(f"{tag} OK done")
                return
        if command.upper() == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1")
        self._say(f"{tag} OK done")

    def _step(self, step: Step, tag: str, act: Callable[[], None]) -> bool:
        """Whether the usual thing happened, or may be said to have happened."""
        mischief = self._room.misbehaves(step)
        if mischief is None:
            act()
            return True
        if mischief is Mischief.REFUSE:
            self._say(f"{tag} NO not today")
        elif mischief is not Mischief.WITHHOLD:
            self._spoil(mischief, tag)
        return mischief is Mischief.WITHHOLD

    def _spoil(self, mischief: Mischief, tag: str) -> None:
        """Nothing good follows from here."""
        match mischief:
            case Mischief.BREAK_OFF:
                self._say("* 1 FETCH (UID 1 BODY[]<0> {1000}\r\nFrom: somebody")
            case Mischief.HANG:
                self._closing.wait()
            case Mischief.DRIP:
                while not self._closing.wait(DRIP_SECONDS):
                    self._wire.sendall(b"x")
            case Mischief.GARBAGE:
                nonsense = b"\x00\xff{{99}\r\n* \xfe FETCH ((((\r\n%s ???\r\n"
                self._wire.sendall(nonsense % tag.encode())
            case Mischief.BOAST:
                self._say("* 1 FETCH (UID 1 BODY[]<0> {99999999999}")
                self._closing.wait()
        raise _Over

    def _nothing(self) -> None:
        pass

    def _examine(self) -> None:
        self._say(f"* {len(self._room.mails)} EXISTS")
        self._say(f"* OK [UIDVALIDITY {self._room.uid_validity}] valid")

    def _search(self, command: str) -> None:
        asked = _SEARCH.search(command)
        assert asked is not None, command
        since = datetime.strptime(asked[2], "%d-%b-%Y").replace(tzinfo=UTC)
        recent = [mail.uid for mail in self._room.mails if mail.arrived_at >= since]
        # `n:*` is never empty: it holds the last mail, whatever its number.
        found = [uid for uid in recent if uid >= int(asked[1])] or recent[-1:]
        self._say(" ".join(["* SEARCH", *map(str, found)]))

    def _fetch(self, command: str) -> None:
        asked = _FETCH.search(command)
        assert asked is not None, command
        uid, most = map(int, asked.groups())
        for number, mail in enumerate(self._room.mails, start=1):
            if mail.uid == uid:
                part = mail.raw[:most]
                day = mail.arrived_at.strftime("%d-%b-%Y %H:%M:%S +0000")
                self._say("* 99 FETCH (FLAGS (\\Seen))")
                self._say(
                    f'* {number} FETCH (UID {uid} INTERNALDATE "{day}" BODY[]<0> {{{len(part)}}}'
                )
                self._wire.sendall(part + b")\r\n")

    def _say(self, line: str) -> None:
        self._wire.sendall(line.encode() + b"\r\n")


@contextlib.contextmanager
def post_office(room: Postroom, tls: ssl.SSLContext) -> Iterator[int]:
    """Yields the port."""
    closing = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.05)
        thread = threading.Thread(target=_receive, args=(door, room, tls, closing))
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            closing.set()
            thread.join()


def _receive(
    door: socket.socket, room: Postroom, tls: ssl.SSLContext, closing: threading.Event
) -> None:
    guests = []
    while not closing.is_set():
        with contextlib.suppress(TimeoutError):
            guest, _ = door.accept()
            thread = threading.Thread(target=_welcome, args=(guest, room, tls, closing))
            thread.start()
            guests.append(thread)
    for thread in guests:
        thread.join()


def _welcome(
    guest: socket.socket, room: Postroom, tls: ssl.SSLContext, closing: threading.Event
) -> None:
    with contextlib.suppress(OSError), guest:
        guest.settimeout(10)
        with tls.wrap_socket(guest, server_side=True) as wire:
            _Dialogue(wire, room, closing).hold()
