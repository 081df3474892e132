"""A mail server that takes a mail the moment its end has arrived, whatever becomes of the sender.

The hardest judge of who sends twice: no mail whose end was sent is ever lost on the way.
"""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

_REPLIES = {b"EHLO": b"250 eager.example", b"DATA": b"354 go ahead", b"QUIT": b"221 bye"}


@dataclass(frozen=True)
class ReceivedMail:
    """`recipient` is the envelope's."""

    recipient: str
    message: EmailMessage


class EagerMailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.received: list[ReceivedMail] = []
        self._open = 0
        self._changed = threading.Condition()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def wait_until_settled(self) -> None:
        """Until everything that was sent to the server has been read."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._open == 0, timeout=10)

    def count(self, change: int) -> None:
        with self._changed:
            self._open += change
            self._changed.notify_all()


class _Dialogue(socketserver.StreamRequestHandler):
    server: EagerMailServer

    def handle(self) -> None:
        self.server.count(+1)
        try:
            self._talk()
        except ConnectionError:
            pass  # the sender was killed
        finally:
            self.server.count(-1)

    def _talk(self) -> None:
        self._say(b"220 eager.example")
        recipient = ""
        for line in self.rfile:
            if line.upper().startswith(b"RCPT TO:"):
                recipient = line.partition(b"<")[2].partition(b">")[0].decode()
            self._say(_REPLIES.get(line[:4].upper(), b"250 ok"))
            if line.upper().startswith(b"DATA") and self._read_mail(recipient):
                self._say(b"250 taken")

    def _read_mail(self, recipient: str) -> bool:
        """False: the sender went away before the end."""
        lines: list[bytes] = []
        for line in self.rfile:
            if line == b".\r\n":
                message = message_from_bytes(b"".join(lines), policy=default)
                self.server.received.append(ReceivedMail(recipient, message))
                return True
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return False

    def _say(self, reply: bytes) -> None:
        self.wfile.write(reply + b"\r\n")


@contextmanager
def eager_mail_server() -> Iterator[EagerMailServer]:
    with EagerMailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
