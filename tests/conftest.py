"""What every test shares: no way out of this machine, and one real Redis server per test process."""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis as redis_package

from bridge.state.embedded import embedded_server


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


@pytest.fixture
def redis(redis_url: str) -> Iterator[redis_package.Redis]:
    """A client of that server, emptied before the test."""
    with redis_package.Redis.from_url(redis_url, socket_timeout=10) as client:
        client.flushall()
        yield client
