"""What a host that lies can do to those that hold a key: nothing. Over real connections."""

import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bridge.errors import OperatorSourceError, RetryableSourceError
from connectors.base import OperatorStoreError, RetryableStoreError, send_once
from connectors.shopify import bulk
from connectors.shopify.bulk import Bulk

from .edges import EDGES
from .hostile import Answer, bomb, empty, endless, hostile, redirecting, redirecting_for_ever, self_signed, void

OPERATOR = (OperatorSourceError, OperatorStoreError)
RETRYABLE = (RetryableSourceError, RetryableStoreError)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


# ---------------------------------------------------------------- elsewhere


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("edge", EDGES)
def test_nobody_is_followed_elsewhere(edge: str, status: int) -> None:
    with hostile(empty) as elsewhere, hostile(redirecting(status, elsewhere.url)) as here:
        with EDGES[edge](here.url) as (_, ask), pytest.raises(OPERATOR, match="redirects to"):
            ask()
        assert len(here.seen) == 1
        assert elsewhere.seen == []


# ---------------------------------------------------------------- without end


@pytest.mark.parametrize("answer", [endless, bomb, void, redirecting_for_ever])
@pytest.mark.parametrize("edge", EDGES)
def test_a_body_without_end_is_given_up(edge: str, answer: Answer) -> None:
    with hostile(answer) as here, EDGES[edge](here.url) as (_, ask), pytest.raises(RETRYABLE, match=r"over|more than"):
        ask()


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
    monkeypatch.setattr(bulk, "LARGEST_FILE", 20_000_000)
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


# ---------------------------------------------------------------- who is it


@pytest.mark.parametrize("edge", EDGES)
def test_a_certificate_nobody_vouches_for_is_refused(edge: str, certificate: Path) -> None:
    with hostile(empty, certificate) as here:
        with EDGES[edge](here.url) as (_, ask), pytest.raises(OPERATOR, match=r"certificate .*is not valid"):
            ask()
        assert here.seen == []


def test_it_is_refused_for_who_signed_it_and_nothing_else(certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    with hostile(empty, certificate) as here, httpx.Client(verify=trusting, trust_env=False) as http:
        assert http.get(here.url).status_code == 200
        assert len(here.seen) == 1


def test_a_public_name_that_leads_inside_must_prove_itself(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns a name may let it lead to this machine; what answers there has no certificate for the name."""
    with hostile(empty, certificate) as inside:
        port, look_up = urlsplit(inside.url).port, socket.getaddrinfo

        def lead_inside(host: Any, _: Any, *rest: Any, **named: Any) -> Any:
            return look_up("127.0.0.1" if host in ("rebind.example.com", b"rebind.example.com") else host, port)

        monkeypatch.setattr(socket, "getaddrinfo", lead_inside)
        with pytest.raises(OperatorStoreError, match=r"certificate of rebind\.example\.com is not valid"):
            fetch("https://rebind.example.com/files/1", loopback=False)
        assert inside.seen == []
