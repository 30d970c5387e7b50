"""A door in front of a real Redis: for a while it gives one of Redis' own refusals to every command but those that open
a connection, as a server does that loads its data or a cluster that is down."""

import socket
from contextlib import suppress
from threading import Thread
from types import TracebackType
from urllib.parse import urlsplit

import hiredis

OPENING = {b"HELLO", b"AUTH", b"SELECT", b"CLIENT", b"INFO", b"QUIT"}
"""Commands that Redis answers also while it loads."""


class Gate:
    """url: what clients are given. refusal: what they are answered for now, without the leading minus; None: whatever
    the server says. refused: how many commands were."""

    def __init__(self, url: str) -> None:
        there = urlsplit(url)
        self._server = (there.hostname or "", there.port or 6379)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = url.replace(f":{there.port}/", f":{self._listening.getsockname()[1]}/")
        self.refusal: str | None = None
        self.refused = 0

    def __enter__(self) -> "Gate":
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._server)
                Thread(target=self._pass_back, args=(server, client), daemon=True).start()
                Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        """Whoever asks waits for all answers before it asks again, so that none is overtaken by a refusal."""
        reader = hiredis.Reader()
        with suppress(OSError), client:
            while said := client.recv(65536):
                reader.feed(said)
                while (command := reader.gets()) is not False:
                    if self.refusal is None or command[0].upper() in OPENING:
                        server.sendall(hiredis.pack_command(tuple(command)))
                    else:
                        client.sendall(f"-{self.refusal}\r\n".encode())
                        self.refused += 1
        with suppress(OSError), server:
            server.shutdown(socket.SHUT_RDWR)  # it stays open as long as somebody else waits for what it says

    @staticmethod
    def _pass_back(server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while said := server.recv(65536):
                client.sendall(said)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
