"""A mail server on loopback: as much SMTP as submission needs, with STARTTLS, TLS, a login, and refusals."""

import base64
import email
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

CERTIFICATE = Path(__file__).parent / "localhost.pem"
"""Of localhost and 127.0.0.1, with its key; signed by itself and trusted by nobody else."""


@dataclass
class PostOffice:
    """users: whom it lets in; nobody has to log in when there are none. refuses: command → its answer instead of the
    usual one; "" hangs up. tls: from the first byte. letters: what it took, as (recipients, letter)."""

    users: dict[str, str] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    tls: bool = False
    starttls: bool = True
    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def trusted(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        return context


@contextmanager
def open_for_business(office: PostOffice) -> Iterator[PostOffice]:
    class Clerk(_Clerk):
        at = office

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clerk) as server:
        server.daemon_threads = True
        office.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield office
        server.shutdown()
        thread.join()


class _Clerk(socketserver.StreamRequestHandler):
    at: PostOffice

    def handle(self) -> None:
        """Whatever breaks the conversation is the other side's doing."""
        plain = self.request
        with suppress(OSError, EOFError):
            if self.at.tls:
                self._protect()
            self._say("220 here")
            self._converse()
        if self.request is not plain:
            self.request.close()

    def _converse(self) -> None:
        self.to: list[str] = []
        self.secure, self.known = self.at.tls, not self.at.users
        while line := self._line():
            word = line.split(" ")[0].upper()
            self.at.heard.append(word)
            answer = self.at.refuses.get(word)
            if answer == "":
                return
            self._say(answer) if answer else self._serve(word, line)

    def _serve(self, word: str, line: str) -> None:
        if word == "EHLO":
            more = "" if self.secure or not self.at.starttls else "250-STARTTLS\r\n"
            self._say(f"250-here\r\n{more}250 AUTH PLAIN")
        elif word == "STARTTLS":
            self._say("220 go on")
            self._protect()
            self.secure = True
        elif word == "AUTH":
            _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
            self.known = self.at.users.get(user) == password
            self._say("235 welcome" if self.known else f"535 no such user {user} with {password}")
        elif word == "DATA":
            self._take()
        elif not self.known:
            self._say("530 log in first")
        else:
            if word == "RCPT":
                self.to.append(line.partition(":")[2].strip("<> "))
            self._say("250 fine")

    def _take(self) -> None:
        self._say("354 go on")
        raw = b"".join(iter(self.rfile.readline, b".\r\n"))
        self.at.letters.append((self.to, email.message_from_bytes(raw, policy=default)))
        self._say("250 taken")

    def _protect(self) -> None:
        self.request = self.at.trusted.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

    def _line(self) -> str:
        raw = self.rfile.readline()
        if not raw:
            raise EOFError
        return raw.decode().rstrip("\r\n")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
