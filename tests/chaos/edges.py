"""All that hold a key and speak with strangers, each asked for one thing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bridge.threeplguys.client import SourceClient
from connectors import registry
from connectors.base import Sender, send_once

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

EDGES: Mapping[str, Callable[[str], Any]] = {"source": source} | {
    name: edge for store in STORES.values() for name, edge in store.EDGES.items()
}
