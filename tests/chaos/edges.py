"""All that hold a key and speak with strangers, each asked for one thing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bridge.config.source import OAuthSettings
from bridge.core.grant import NEEDED, Grant
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.token_endpoint import TokenEndpoint
from connectors import registry
from connectors.base import Sender, send_once
from connectors.http import utc_now

TOKEN = "3pl_a/b+c=d%e"
CONNECTORS = Path(__file__).parent.parent / "connectors"


@contextmanager
def source(url: str, send: Sender = send_once) -> Iterator[tuple[SourceClient, Callable[[], object]]]:
    client = SourceClient(url, SecretStr(TOKEN), send=send)
    yield client, client.check
    client.close()


STORES: Mapping[str, Any] = {
    name: import_module(f"..connectors.{name}.edge", __package__)
    for name in registry.names()
    if (CONNECTORS / name / "edge.py").exists()
}
"""Connector → its `edge`: KEYS are the options that are secret, PLACE those that say where it is, EDGES what is asked
of it at an address, SWALLOWED the lies that an edge takes for an answer, BUGS the errors that call a request wrong,
ASKED what reads at a plain address, and DEADLINES the names of the deadlines that this has beside the common one."""


@contextmanager
def token_address(url: str) -> Iterator[tuple[TokenEndpoint, Callable[[], object]]]:
    """Where the pairs of an OAuth grant come from; every secret of it is TOKEN."""
    keys = {"client_id": "acme", "client_secret": TOKEN, "token_url": url}
    endpoint = TokenEndpoint(OAuthSettings.model_validate(keys), utc_now)
    grant = Grant(TOKEN, TOKEN, NEEDED, utc_now(), utc_now(), utc_now())
    yield endpoint, lambda: endpoint.refresh(grant)


EDGES: Mapping[str, Callable[[str], Any]] = {
    "source": source,
    "token address": token_address,
    **{name: edge for store in STORES.values() for name, edge in store.EDGES.items()},
}
