"""What a host that lies can do to those that hold a key: nothing. Over real connections."""

import ssl
from pathlib import Path

import httpx
import pytest

from bridge.errors import OperatorSourceError, RetryableSourceError
from connectors.base import OperatorStoreError, RetryableStoreError

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
