"""How long a command takes to start: `python -m bench.start`.

A help text is timed to its end, `status` to the moment at which it first asks Redis: by then it has been imported and
has read a configuration of two stores.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from threading import Thread

from bench.report import tell
from bench.world import configuration
from connectors.testing.clock import ManualClock
from connectors.testing.local import NOWHERE, two_platforms

NAMES = ("main", "second")
COMMAND = (sys.executable, "-m", "bridge")


def config() -> str:
    """Of two stores, that nobody asks."""
    made = [kind(name, ManualClock()) for kind, name in zip(two_platforms(), NAMES, strict=True)]
    return configuration(NOWHERE, [store.section for store in made])


def help_text(*command: str) -> float:
    """Seconds until the help text is there."""
    began = time.perf_counter()
    subprocess.run([*COMMAND, *command, "--help"], stdout=subprocess.DEVNULL, check=True)  # noqa: S603
    return time.perf_counter() - began


def first_question() -> float:
    """Seconds until `status` asks Redis for the first time. It is refused, and so ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked: list[float] = []
        server.settimeout(60)

        def refuse() -> None:
            server.accept()[0].close()
            asked.append(time.perf_counter())

        waiting = Thread(target=refuse)
        waiting.start()
        env = {**os.environ, "STOCKBRIDGE_CONFIG_TOML": config()}
        env["REDIS_URL"] = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        began = time.perf_counter()
        command, nowhere = [*COMMAND, "status"], subprocess.DEVNULL
        with subprocess.Popen(command, env=env, stdout=nowhere, stderr=nowhere) as status:  # noqa: S603
            waiting.join()
            status.kill()
    return asked[0] - began


WAYS: dict[str, Callable[[], float]] = {
    "--help": help_text,
    "status --help": lambda: help_text("status"),
    "demo --help": lambda: help_text("demo"),
    "status, to its first question to Redis": first_question,
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.start", description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args(arguments).runs
    rows = []
    for what, timed in WAYS.items():
        taken = sorted(timed() for _ in range(runs))
        rows.append({"command": what, "s": round(median(taken), 2), "least s": round(taken[0], 2)})
    tell("start", "How long a command takes to start", rows, runs=runs)


if __name__ == "__main__":
    main()
