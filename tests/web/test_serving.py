"""`stockbridge web` as a process of its own: what it answered with success stands in Redis, whatever happens to it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.state.connect import connect
from bridge.state.store import State
from bridge.web.inbound import PATH
from bridge.web.protocol import HEAD_WITHIN
from bridge.web.serve import ENDING, MOST_CONNECTIONS
from connectors.items import check_digit
from tests.harness.frozen import frozen

from .conftest import TOKEN

pytestmark = pytest.mark.full

CLIENTS, EACH = 8, 75
A_SECOND = 200
"""Posts that one core must take."""


def upc_of(number: int) -> str:
    digits = f"85000{number:06d}"
    return digits + check_digit(digits)


@pytest.fixture
def items(tmp_path: Path) -> Path:
    path = tmp_path / "items.csv"
    path.write_text("sku,upc\n" + "".join(f"S{n},{upc_of(n)}\n" for n in range(CLIENTS * EACH)))
    return path


class Served:
    """One process, from its start until it is ended."""

    def __init__(self, config: Path, redis_url: str, **variables: str) -> None:
        clean = {name: value for name, value in os.environ.items() if name != "PORT"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bridge", "web", "--config", str(config)], text=True, stderr=subprocess.PIPE,
            env={**clean, "REDIS_URL": redis_url, **variables},
        )  # fmt: skip
        assert self.process.stderr is not None
        said = self.process.stderr.readline()
        assert "listens on http://" in said, said + self.process.communicate()[1]
        self.url = said.split("listens on ")[1].split(";")[0]
        self.client = httpx.Client(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)

    def post(self, number: int, quantity: int) -> int:
        """The status; 0 where nobody answered."""
        try:
            body = {"upc": upc_of(number), "store": "3", "quantity": quantity}
            return self.client.post(self.url, json=body).status_code
        except httpx.HTTPError:
            return 0

    def at(self, path: str) -> str:
        return self.url.replace(PATH, path)

    def said_to(self, request: bytes) -> bytes:
        """What it answers to bytes that no client would send; empty where it closes without a word."""
        host, _, port = self.url.split("/")[2].rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as line:
            with suppress(OSError):  # it may have closed before all of it was sent
                line.sendall(request)
            with suppress(OSError):
                return b"".join(iter(lambda: line.recv(65_536), b""))
        return b""

    def cpu(self) -> float:
        """Seconds of CPU that the process has taken so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        if self.process.poll() is not None:
            return self.process.returncode, ""
        self.process.send_signal(how)
        said = self.process.communicate(timeout=60)[1]
        self.client.close()
        return self.process.returncode, said


@pytest.fixture
def serve(till_with: Any, items: Path, redis_url: str, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """serve(text, VARIABLE=…): further text of the configuration."""
    till, started = till_with(), list[Served]()

    def start(text: str = '[web]\nbind = "127.0.0.1:0"\n', **variables: str) -> Served:
        config = tmp_path / "stockbridge.toml"
        config.write_text(till.harness.text.replace(str(till.items), str(items)) + text)
        started.append(Served(config, redis_url, **variables))
        return started[-1]

    yield start
    for each in started:
        each.end(signal.SIGKILL)


def counted(redis_url: str) -> dict[str, int]:
    """SKU → what stands in Redis."""
    with connect(redis_url) as db:
        every = State(db, ()).every_shelf_count("shelf")
        return {sku: count.units for sku, _, counts in every for count in counts["3"].values()}


def test_two_hundred_posts_a_second_on_one_core_and_none_is_lost(serve: Any, redis_url: str) -> None:
    """By its CPU time: what the machine has left for it is another matter."""
    served = serve()
    assert served.post(0, 1) == 200  # what only the first one costs
    before = served.cpu()
    with ThreadPoolExecutor(CLIENTS) as clients:
        said = list(clients.map(served.post, range(CLIENTS * EACH), range(CLIENTS * EACH)))
    spent = (served.cpu() - before) / len(said)
    assert said == [200] * len(said)
    assert counted(redis_url) == {f"S{n}": n for n in range(CLIENTS * EACH)}
    print(f"{spent * 1e3:.2f} ms of CPU a post: {1 / spent:.0f} a second on one core")  # noqa: T201
    assert spent <= 1 / A_SECOND
    assert served.end() == (0, "web: ended; what was answered with success is kept.\n")


def test_killed_in_the_middle_whatever_was_answered_is_kept(serve: Any, redis_url: str) -> None:
    """Each client counts its own products up; the last number that was answered stands there, or the one after it."""
    served, answered, enough = serve(), dict[int, int](), threading.Event()

    def count_up(client: int) -> None:
        for round_ in range(1, 10_000):
            for number in range(client, CLIENTS * 4, CLIENTS):
                if served.post(number, round_) != 200:
                    return
                answered[number] = round_
                if round_ > 8:
                    enough.set()

    with ThreadPoolExecutor(CLIENTS) as clients:
        running = [clients.submit(count_up, client) for client in range(CLIENTS)]
        assert enough.wait(60)
        served.end(signal.SIGKILL)
    assert not any(each.exception() for each in running)
    found = counted(redis_url)
    assert {n: found[f"S{n}"] - last in (0, 1) for n, last in answered.items()} == dict.fromkeys(answered, True)
    assert serve().post(0, 1_000) == 200


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGINT]])
def test_it_ends_when_it_is_told(serve: Any, signals: list[signal.Signals]) -> None:
    served = serve()
    assert served.post(0, 1) == 200
    for each in signals[1:]:
        served.process.send_signal(each)
    code, said = served.end(signals[0])
    assert (code, "Traceback" in said) == (0, False), said


def test_redis_that_is_away_is_never_a_success(serve: Any, redis: Any) -> None:
    """It is stopped for a while by a script of its own, and answers afterwards."""
    served = serve()
    assert served.post(0, 1) == 200
    redis.config_set("maxmemory", "1")  # takes no writes
    try:
        assert served.post(0, 2) == 503
    finally:
        redis.config_set("maxmemory", "0")
    assert served.post(0, 3) == 200


def test_numbers_are_served_while_tills_report_over_one_connection(serve: Any, redis: Any) -> None:
    """Twenty ask for them at once; nobody is turned away, and no report waits for them."""
    before = len(redis.client_list())
    served = serve()
    assert served.post(0, 1) == 200  # what only the first one costs
    with ThreadPoolExecutor(20) as watchers, ThreadPoolExecutor(CLIENTS) as clients:
        asked = [watchers.submit(served.client.get, served.at("/metrics")) for _ in range(20)]
        posts = [clients.submit(served.post, n, n) for n in range(40)]
        asked += [watchers.submit(served.client.get, served.at("/metrics")) for _ in range(20)]
        assert [each.result() for each in posts] == [200] * 40
        assert [each.result().status_code for each in asked] == [200] * 40
    assert 'reports_total{till="shelf",result="taken"} 41' in served.client.get(served.at("/metrics")).text
    assert len(redis.client_list()) - before <= 1


ONCE = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
HOSTILE = {
    "a long header": (b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", [b"400"]),
    "a long address": (b"GET /" + b"y" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", [b"400"]),
    "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", [b"400"]),
    "a path without a root": (b"GET ../../metrics" + ONCE + b"\r\n", [b"400", b"404"]),
    "a path upwards": (b"GET /healthz/../metrics" + ONCE + b"\r\n", [b"404"]),
    "half a body": (b"POST /metrics" + ONCE + b"Content-Length: 9\r\n\r\n", [b"405"]),
    "another protocol": (b"\x16\x03\x01\x02\x00" + b"\x00" * 64 + b"\r\n\r\n", [b"400"]),
}
"""What is sent → what may be answered; a connection that is closed without a word serves nothing either."""


def test_hostile_bytes_are_refused_and_it_goes_on(serve: Any) -> None:
    served = serve()
    for name, (sent, statuses) in HOSTILE.items():
        said = served.said_to(sent)
        assert not said or said.split()[1] in statuses, (name, said)
        assert served.client.get(served.at("/metrics")).status_code == 200, name


def test_a_password_is_needed_where_the_host_opens_the_port(serve: Any) -> None:
    with pytest.raises(AssertionError, match="can be reached from outside; add password"):
        serve("", PORT="0")
    served = serve('[web]\npassword = "a-password-of-the-page"\n', PORT="0")
    assert served.url.startswith("http://0.0.0.0:")
    served.url = served.url.replace("0.0.0.0", "127.0.0.1")
    assert served.post(0, 1) == 200
    assert httpx.get(served.at("/healthz"), timeout=60).text == "ok\n"
    assert "set `token` under [web]" in httpx.get(served.at("/metrics"), timeout=60).json()["error"]


def test_a_port_that_is_taken_is_named(serve: Any) -> None:
    port = serve().url.split(":")[2].split("/")[0]
    with pytest.raises(AssertionError, match=f"Nobody can listen on 127.0.0.1:{port}"):
        serve(f'[web]\nbind = "127.0.0.1:{port}"\n')


def test_redis_that_hangs_holds_up_no_health(serve: Any, redis: Any) -> None:
    served = serve()
    assert served.post(0, 1) == 200
    with frozen(redis), ThreadPoolExecutor(10) as watchers:
        waits = [watchers.submit(served.client.get, served.at("/readyz")) for _ in range(9)]
        assert served.client.get(served.at("/healthz")).text == "ok\n"
        assert not any(each.done() for each in waits)
        told = [each.result() for each in waits]
    assert {answer.status_code for answer in told} == {503}
    assert "redis: Redis did not answer in time" in told[0].text  # by itself, ahead of what its client of Redis says
    assert served.post(0, 2) == 200


def test_open_streams_end_at_once_when_it_is_told(serve: Any) -> None:
    """Each begins with news, and none holds up the end."""
    served = serve()
    host, _, port = served.url.split("/")[2].rpartition(":")
    lines = [socket.create_connection((host, int(port)), timeout=30) for _ in range(3)]
    for line in lines:
        line.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        said = b""
        while b"event: changed" not in said:
            said += line.recv(4096)
    began = time.monotonic()
    code, told = served.end()
    assert (code, "Traceback" in told) == (0, False), told
    assert time.monotonic() - began < ENDING
    for line in lines:
        while line.recv(4096):
            pass
        line.close()


def test_no_more_streams_than_fifty(serve: Any) -> None:
    served = serve()
    host, _, port = served.url.split("/")[2].rpartition(":")
    lines = []
    for _ in range(50):
        line = socket.create_connection((host, int(port)), timeout=30)
        line.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert line.recv(15) == b"HTTP/1.1 200 OK"
        lines.append(line)
    assert served.client.get(served.at("/events")).status_code == 503
    assert served.client.get(served.at("/")).status_code == 200
    lines.pop().close()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with served.client.stream("GET", served.at("/events")) as answer:
            if answer.status_code == 200:
                break
    assert answer.status_code == 200
    for line in lines:
        line.close()


def test_heads_that_never_end_hold_up_no_health_and_are_given_up(serve: Any) -> None:
    served, began = serve(), time.monotonic()
    host, _, port = served.url.split("/")[2].rpartition(":")
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS):
            line = stack.enter_context(socket.create_connection((host, int(port)), timeout=30))
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        for _ in range(5):
            asked = time.monotonic()
            assert httpx.get(served.at("/healthz"), timeout=10).text == "ok\n"
            assert time.monotonic() - asked < 2
        assert line.recv(100) == b""
        assert time.monotonic() - began < 3 * HEAD_WITHIN
