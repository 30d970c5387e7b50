"""What stands around the bridge on a host: a Redis server that can be killed and emptied, doors in front of the
foreign APIs that can be shut, and signals to processes that are seen to have had their effect."""

import os
import random
import signal
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import redis as redis_package

from bridge.process.embedded_redis import GUARD, find_server

HOST = "127.0.0.1"
PASSWORD = "open/sesame+50%@home:1"
"""Of the kind that looks different in an address."""

CONF = """\
bind {host}
port {port}
requirepass "{password}"
dir "{folder}"
save ""
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
"""


def until(happened: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Wait for it, with far more patience than it takes on a slow machine. Fails with its name."""
    ends = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < ends, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.02)


def free_port() -> int:
    """Below the ports that outgoing connections are given, so that nobody takes it while its server is away."""
    for port in random.sample(range(20_000, 32_000), 200):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise AssertionError("no free port")


def refuses(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        try:
            probe.connect((HOST, port))
        except ConnectionRefusedError:
            return True
        except TimeoutError:
            return False
    return False


def is_silent(port: int, said: bytes) -> bool:
    """It takes connections (its kernel does), and answers nothing."""
    with socket.create_connection((HOST, port), timeout=5) as probe:
        probe.settimeout(0.3)
        probe.sendall(said)
        try:
            probe.recv(1)
        except TimeoutError:
            return True
    return False


def state_of(pid: int) -> str:
    """R, S, T (stopped), Z (dead) or "" when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


ENDED = ("", "Z")


def freeze(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    until(lambda: state_of(pid) == "T", f"{pid} stands still")


def thaw(pid: int) -> None:
    os.kill(pid, signal.SIGCONT)
    until(lambda: state_of(pid) != "T", f"{pid} goes on")


def kill(pid: int) -> bool:
    """False: it had ended by itself."""
    if state_of(pid) in ENDED:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    until(lambda: state_of(pid) in ENDED, f"{pid} is dead")
    return True


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


class RedisHost:
    """A real server, always at the same address, with an append-only file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.losses = folder, free_port(), 0
        self.url = f"redis://:{quote(PASSWORD, safe='')}@{HOST}:{self.port}/0"
        self.binary = find_server()
        self.client = redis_package.Redis.from_url(self.url, socket_timeout=10, socket_connect_timeout=10)
        (folder / "data").mkdir()
        conf = CONF.format(host=HOST, port=self.port, password=PASSWORD, folder=folder / "data")
        (folder / "redis.conf").write_text(conf)
        self.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def start(self) -> None:
        with (self.folder / "redis.log").open("ab") as log:
            command = [str(self.binary), str(self.folder / "redis.conf")]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        guard = ["/bin/sh", "-c", GUARD, "guard", str(self.process.pid)]
        self.guard = subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True)
        until(self.answers, "Redis answers")

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis_package.RedisError:
            return False

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Gone, and connections to it are refused."""
        self.process.send_signal(how)
        self.process.wait(60)
        self.guard.communicate(b"done\n")
        until(lambda: refuses(self.port), "Redis refuses connections")

    def forget(self) -> None:
        """While it is stopped: its file is put aside, to be looked into later."""
        self.losses += 1
        (self.folder / "data").rename(self.folder / f"lost-{self.losses}")
        (self.folder / "data").mkdir()

    def close(self) -> None:
        if self.process.poll() is None:
            self.stop()
        self.client.close()


class Door:
    """In front of a sandbox. While it is shut, connections are refused, and those that went through are gone."""

    def __init__(self, url: str) -> None:
        self.behind, self.port = urlsplit(url).port or 0, free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.open()

    def open(self) -> None:
        self._passage = _Passage(self.port, self.behind)
        threading.Thread(target=self._passage.serve_forever, args=(0.05,), daemon=True).start()

    def shut(self) -> None:
        self._passage.shutdown()
        self._passage.server_close()
        for end in tuple(self._passage.ends):
            _hang_up(end)


class _Passage(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, behind: int) -> None:
        super().__init__((HOST, port), _Through)
        self.behind, self.ends = behind, set[socket.socket]()

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke is what doors are for."""


class _Through(socketserver.BaseRequestHandler):
    server: _Passage
    request: socket.socket

    def handle(self) -> None:
        with socket.create_connection((HOST, self.server.behind)) as far:
            both = {self.request, far}
            self.server.ends |= both
            back = threading.Thread(target=_pump, args=(far, self.request), daemon=True)
            back.start()
            _pump(self.request, far)
            back.join()
            self.server.ends -= both


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while some := source.recv(65_536):
            sink.sendall(some)
    for end in (source, sink):
        _hang_up(end)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
