"""The tests cannot leave this machine, share nothing through Redis, and hear Ctrl-C."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

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


def test_what_a_test_starts_hears_ctrl_c() -> None:
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


@pytest.mark.full
def test_it_does_in_the_background_of_a_shell_as_well() -> None:
    """A shell has what it runs there ignore Ctrl-C, and every program that a test starts would inherit that."""
    itself = f"{Path(__file__).name}::{test_what_a_test_starts_hears_ctrl_c.__name__}"
    script = 'trap "" INT; exec "$@"'
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", itself]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
