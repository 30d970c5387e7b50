"""What a host that lies can do to whoever fetches the file of a bulk operation: nothing. Over real connections."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from connectors.base import OperatorStoreError, RetryableStoreError, send_once
from connectors.shopify import bulk
from connectors.shopify.bulk import Bulk
from tests.chaos.hostile import Answer, bomb, empty, endless, hostile, redirecting, self_signed, void


def fetch(url: str, *, loopback: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
    """The file of a bulk operation that is done at once."""

    class Done:
        def execute(self, document: Any, _: object) -> Any:
            operation = {"id": "1", "status": "COMPLETED", "url": url, "objectCount": "1"}
            return {"bulkOperationRunQuery": {"bulkOperation": operation, "userErrors": []}, "bulkOperation": operation}

    with httpx.Client(timeout=5) as http:
        of = Bulk(Done(), http, send=send_once, what="the shop", loopback=loopback, clock=clock)  # type: ignore[arg-type]
        list(of.rows("{}"))


@pytest.mark.parametrize("answer", [endless, bomb, void])
def test_a_bulk_file_without_end_is_given_up(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "LARGEST_FILE", 2_000_000)
    with hostile(answer) as here, pytest.raises(OperatorStoreError, match="above"):
        fetch(f"{here.url}/files/1")


def test_a_bulk_file_that_drips_is_given_up() -> None:
    """Every read is in time, and there is no last one."""
    seconds = iter(range(0, 10_000, 100))
    with hostile(endless) as here, pytest.raises(RetryableStoreError, match="longer than 150 s"):
        fetch(f"{here.url}/files/1", clock=lambda: float(next(seconds)))


def test_a_bulk_file_is_not_fetched_from_where_it_points() -> None:
    with hostile(empty) as inside, hostile(redirecting(302, inside.url)) as here:
        with pytest.raises(OperatorStoreError, match="redirects to"):
            fetch(f"{here.url}/files/1")
        assert inside.seen == []


def test_a_public_name_that_leads_inside_must_prove_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns a name may let it lead to this machine; what answers there has no certificate for the name."""
    with hostile(empty, self_signed(tmp_path)) as inside:
        port, look_up = urlsplit(inside.url).port, socket.getaddrinfo

        def lead_inside(host: Any, _: Any, *rest: Any, **named: Any) -> Any:
            return look_up("127.0.0.1" if host in ("rebind.example.com", b"rebind.example.com") else host, port)

        monkeypatch.setattr(socket, "getaddrinfo", lead_inside)
        with pytest.raises(OperatorStoreError, match=r"certificate of rebind\.example\.com is not valid"):
            fetch("https://rebind.example.com/files/1", loopback=False)
        assert inside.seen == []
