"""The sandboxes as processes that belong together: the stores, and a warehouse that holds what they sell."""

import random
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.config import toml
from bridge.config.installed import capabilities_of, locations_key, settings_of
from bridge.errors import BridgeError, ConfigError
from bridge.process.supervisor import ProcessGroup, processes
from connectors.testing.client import SandboxClient

WAREHOUSE = "bridge.threeplguys.sandbox"
ONE_PLACE = {"1": "Main Warehouse"}
BUDGET = 100_000
"""Requests per hour, so that nobody who plays has to wait. The real API allows 1,000."""

Introduction = Mapping[str, Any]


@dataclass(frozen=True)
class SandboxOptions:
    """modules: connector → module of its sandbox. ports: by connector, and "source"; 0 or absent: a free one."""

    modules: Mapping[str, str]
    ports: Mapping[str, int]
    skus: int
    seed: int
    latency: float


@dataclass(frozen=True)
class Sandboxes:
    """What each sandbox says of itself, and the configuration that joins them."""

    members: ProcessGroup
    source: Introduction
    stores: Mapping[str, Introduction]
    configuration: str

    def as_dict(self) -> dict[str, Any]:
        return {"source": self.source, "stores": self.stores, "configuration": self.configuration}


@contextmanager
def opened(wanted: SandboxOptions) -> Iterator[Sandboxes]:
    """Everything started and filled; ended again with the block. Raises ConfigError when a port is in use."""
    with tempfile.TemporaryDirectory(prefix="stockbridge-sandbox-") as folder, processes(Path(folder)) as members:
        goods = ("--skus", str(wanted.skus), "--seed", str(wanted.seed))
        stores = {name: _started(members, wanted, name, module, goods) for name, module in wanted.modules.items()}
        locations: dict[str, list[dict[str, str]]] = {
            name: SandboxClient(said["url"]).see("locations") if capabilities_of(name).locations else []
            for name, said in stores.items()
        }
        most = max(locations.values(), key=len, default=[])  # one warehouse for each location of the store with most
        places = {str(n): place["name"] for n, place in enumerate(most, 1)} or ONE_PLACE
        named = [f"--warehouse={id_}={name}" for id_, name in places.items()]
        source = _started(members, wanted, "source", WAREHOUSE, (f"--rate-limit={BUDGET}", *named))
        _fill(SandboxClient(source["url"]), stores, locations, random.Random(wanted.seed))
        text = toml.table("source", {"base_url": source["url"], "token": source["token"], "poll": "5s"})
        for name, said in stores.items():  # with keys, because those of sandboxes open nothing else
            mapping = {str(n): place["id"] for n, place in enumerate(locations[name], 1)}
            mapped = {locations_key(name): mapping} if mapping else {}
            text += "\n" + toml.table(f"stores.{name}", {**settings_of(name, said), **mapped})
        yield Sandboxes(members, source, stores, text)


def _started(
    members: ProcessGroup, wanted: SandboxOptions, name: str, module: str, more: Sequence[str]
) -> Introduction:
    port = wanted.ports.get(name, 0)
    arguments = (module, "--port", str(port), "--latency", str(wanted.latency), *more)
    try:
        return members.introduced(name, arguments)
    except BridgeError:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise ConfigError(
                    f"Port {port} is in use, so the sandbox of {name} cannot listen there; choose another one with"
                    f" --{name}-port, or 0 for a free one."
                ) from None
        raise


def _fill(
    client: SandboxClient,
    stores: Mapping[str, Introduction],
    locations: Mapping[str, list[dict[str, str]]],
    chance: random.Random,
) -> None:
    """What any store sells, the warehouse holds: mostly as many as are shown, one in five a few more or less."""
    units: dict[str, dict[str, int]] = {}
    for name, said in stores.items():
        warehouse = {place["id"]: str(n) for n, place in enumerate(locations[name], 1)}
        for row in SandboxClient(said["url"]).see("numbers"):
            shown = row.get("on_hand", row.get("stock_quantity"))
            if row["sku"] and shown is not None:
                at = units.setdefault(row["sku"], {})
                at.setdefault(warehouse.get(row.get("location", ""), "1"), shown)
    for sku, at in units.items():
        counted = {
            place: max(0, n + (chance.randint(-3, 6) if chance.random() < 0.2 else 0)) for place, n in at.items()
        }
        client.do("add", sku=sku, units=counted)
