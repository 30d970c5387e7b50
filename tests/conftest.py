"""What every test shares: no way out of this machine, and one real Redis server per test process."""

import gc
import ipaddress
import signal
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis as redis_package
from hypothesis import HealthCheck, settings

from bridge.process.embedded_redis import embedded_server
from connectors import registry
from tests.harness.sweeps import examples, further_crossings, other_turns

FULL = (
    "bench", "browser", "celery", "chaos", "deploy", "cli/test_interrupts.py", "cli/test_sandbox_command.py",
    "cli/test_up.py", "test_demo.py", "test_foreign_connector.py", "sim/test_replay.py",
)  # fmt: skip
"""What `make full` runs, below this folder: real workers, killed processes, hosts, a browser, measurements. `make test`
runs the rest, and `make full` besides what a wide table marks as `full`, and each property with all its examples."""

collect_ignore = ["foreign_connector"]  # its tests run where it is installed: test_foreign_connector.py

# A loaded machine makes examples slow, not wrong.
settings.register_profile("stockbridge", examples(100), suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("stockbridge")


def is_full(path: Path) -> bool:
    """Whether a test file belongs to `make full` and not to `make test`."""
    name = path.relative_to(Path(__file__).parent).as_posix()
    return any(name == part or name.startswith(f"{part}/") for part in FULL)


def pytest_configure() -> None:
    """A context lets what it runs in the background ignore Ctrl-C, and every program that a test starts would too."""
    with suppress(ValueError):  # not the main thread: somebody else holds the signals
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_full(item.path):
            item.add_marker(pytest.mark.full)
        for name in {name for mark in item.iter_markers("needs") for name in mark.args} - {*registry.names()}:
            item.add_marker(pytest.mark.skip(f'the connector "{name}" is not installed'))
    tests = [item for item in items if isinstance(item, pytest.Function)]
    crossed = {item: None for item in tests if item.get_closest_marker("crossed")}
    for left in (*further_crossings(crossed), *other_turns(item for item in tests if item not in crossed)):
        left.add_marker(pytest.mark.full)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Garbage is looked for among what the tests make, not among what was imported and collected."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


class NetworkBlockedError(AssertionError):
    """A test tried to leave this machine."""


def _local(host: object) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _guarded(real: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any, *rest: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _local(address[0]):
            raise NetworkBlockedError(f"{address[0]} is not this machine")
        return real(self, address, *rest)

    return connect


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections and name look-ups end at loopback, except in tests marked `live`."""
    if request.node.get_closest_marker("live"):
        return
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        if not _local(host):
            raise NetworkBlockedError(f"{host} is not this machine")
        return look_up(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server of this test process alone, in memory."""
    with embedded_server(tmp_path_factory.mktemp("redis"), persist=False) as url:
        yield url


@pytest.fixture(scope="session")
def redis_client(redis_url: str) -> Iterator[redis_package.Redis]:
    with redis_package.Redis.from_url(redis_url, socket_timeout=10) as client:
        yield client


@pytest.fixture
def redis(redis_client: redis_package.Redis) -> redis_package.Redis:
    """A client of that server, emptied before the test."""
    redis_client.flushall()
    return redis_client
