"""The tests cannot leave this machine, and share nothing through Redis."""

import socket

import pytest
import redis as redis_package


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_connections_end_at_this_machine(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as out, pytest.raises(AssertionError, match="is not this machine"):
        out.connect(address)


def test_names_are_not_looked_up() -> None:
    with pytest.raises(AssertionError, match=r"shop\.example\.com is not this machine"):
        socket.create_connection(("shop.example.com", 443))


def test_this_machine_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_redis(redis: redis_package.Redis, turn: int) -> None:
    assert redis.dbsize() == 0
    redis.set("left behind", turn)
