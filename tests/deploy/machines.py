"""Machines of their own: each a network namespace with a name of its own, joined to this one by a cable that can be
pulled. What it reaches here, Redis and the sandboxes, it reaches at the same loopback addresses, through a relay at
each end, for plain http is allowed to loopback alone."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from bridge.process.supervisor import worker
from tests.chaos.world import World

RELAY = Path(__file__).with_name("relay.py")
NETWORK = "10.213.{n}.{end}"
"""Of nobody else here; each machine has one of its own."""

SHORTER = 45
"""Seconds of a lease here instead of 180, and after which work is sent again that nobody ended, instead of 120: still
longer than a store may be silent (30 s)."""

LEASES = f"""
from bridge.state import lease, work_queue

lease.TERM = work_queue.QUEUED = {SHORTER * 1000}
lease.take.__defaults__ = (lease.TERM,)
"""


def permitted() -> bool:
    """Whether this machine lets us make others."""
    done = subprocess.run(["unshare", "--net", "--uts", "true"], capture_output=True, check=False)
    return done.returncode == 0 and os.geteuid() == 0


class Machine:
    """name: as it calls itself. Ends with the stack."""

    def __init__(self, stack: ExitStack, n: int, world: World) -> None:
        self.name, self.world, self.cable = f"machine-{n}", world, f"sbtest{n}"
        here, there = NETWORK.format(n=n, end=1), NETWORK.format(n=n, end=2)
        boot = f"hostname {self.name} && ip link set lo up && echo up && exec cat"
        init = self._begin(stack, ["unshare", "--net", "--uts", "sh", "-c", boot])
        self.inside = ["nsenter", f"--net=/proc/{init.pid}/ns/net", f"--uts=/proc/{init.pid}/ns/uts"]
        self._ip(["link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", str(init.pid)])
        stack.callback(self._unplug)
        for words in (["addr", "add", f"{here}/30", "dev", self.cable], ["link", "set", self.cable, "up"]):
            self._ip(words)
        for words in (["addr", "add", f"{there}/30", "dev", "eth0"], ["link", "set", "eth0", "up"]):
            subprocess.run([*self.inside, "ip", *words], check=True)
        ports = [str(port) for port in (world.redis.port, *(each.door.port for each in world.sandboxes.values()))]
        self._begin(stack, [sys.executable, str(RELAY), here, "127.0.0.1", *ports])
        self._begin(stack, [*self.inside, sys.executable, str(RELAY), "127.0.0.1", here, *ports])
        self._work(stack)

    def _work(self, stack: ExitStack) -> None:
        """A worker of two processes, which is all that a further machine runs."""
        env = {**self.world.env, "PYTHONPATH": str(self.world.folder)}
        self.log = self.world.folder / f"{self.name}.log"
        with self.log.open("wb") as log:
            self.worker = subprocess.Popen(
                [*self.inside, sys.executable, "-m", *worker(2), "--include", "shorter_leases"], env=env, stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        stack.callback(self.die)

    def _begin(self, stack: ExitStack, command: Sequence[str]) -> "subprocess.Popen[str]":
        """Something that says a word once it stands, and ends with us."""
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(process.communicate)
        assert process.stdout
        assert process.stdout.readline(), command
        return process

    @staticmethod
    def _ip(words: Sequence[str]) -> None:
        subprocess.run(["ip", *words], check=True)

    def _unplug(self) -> None:
        subprocess.run(["ip", "link", "del", self.cable], check=False, capture_output=True)

    # -- what may happen to it -------------------------------------------------------------------------

    def cut(self) -> None:
        """The cable is pulled: nothing is refused, nothing is answered."""
        self._ip(["link", "set", self.cable, "down"])

    def join(self) -> None:
        self._ip(["link", "set", self.cable, "up"])

    def die(self) -> None:
        """At once, all of it that works."""
        with suppress(ProcessLookupError):
            os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()

    def reaches(self, port: int) -> bool:
        """Whether something that listens here answers there."""
        text = f"import socket; socket.create_connection(('{self._here}', {port}), 2)"
        return (
            subprocess.run([*self.inside, sys.executable, "-c", text], capture_output=True, check=False).returncode == 0
        )

    @property
    def _here(self) -> str:
        return NETWORK.format(n=self.name.rpartition("-")[2], end=1)
