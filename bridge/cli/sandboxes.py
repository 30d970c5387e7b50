"""The sandboxes as processes that belong together: the stores, and a warehouse that holds what they sell."""

import random
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.config import toml
from bridge.config.installed import capabilities_of, options_of
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
        locations = {name: _locations(name, said) for name, said in stores.items()}
        places = _places(locations.values())
        named = [f"--warehouse={id_}={name}" for id_, name in places.items()]
        source = _started(members, wanted, "source", WAREHOUSE, (f"--rate-limit={BUDGET}", *named))
        _fill(SandboxClient(source["url"]), stores, locations, random.Random(wanted.seed))
        yield Sandboxes(members, source, stores, _configuration(source, stores, locations))


def _started(
    members: ProcessGroup, wanted: SandboxOptions, name: str, module: str, more: Sequence[str]
) -> Introduction:
    port = wanted.ports.get(name, 0)
    arguments = (module, "--port", str(port), "--latency", str(wanted.latency), *more)
    try:
        return members.introduced(name, arguments)
    except BridgeError:
        if _is_taken(port):
            raise ConfigError(
                f"Port {port} is in use, so the sandbox of {name} cannot listen there; choose another one with"
                f" --{name}-port, or 0 for a free one."
            ) from None
        raise


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _locations(name: str, said: Introduction) -> list[dict[str, str]]:
    if not capabilities_of(name).locations:
        return []
    found: list[dict[str, str]] = SandboxClient(said["url"]).see("locations")
    return found


def _places(locations: Iterable[list[dict[str, str]]]) -> dict[str, str]:
    """Warehouses: one for each location of the store that has most of them."""
    most: list[dict[str, str]] = max(locations, key=len, default=[])
    return {str(n): place["name"] for n, place in enumerate(most, 1)} or ONE_PLACE


# -- goods ---------------------------------------------------------------------------------------------


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


# -- configuration -------------------------------------------------------------------------------------


def _configuration(
    source: Introduction, stores: Mapping[str, Introduction], locations: Mapping[str, list[dict[str, str]]]
) -> str:
    """Keys of sandboxes open nothing else, so they stand in the text."""
    text = toml.table("source", {"base_url": source["url"], "token": source["token"], "poll": "5s"})
    for name, said in stores.items():
        options = {key: said[key] for key in options_of(name).model_fields if key in said}
        mapping = {str(n): place["id"] for n, place in enumerate(locations[name], 1)}
        text += "\n" + toml.table(
            f"stores.{name}", {"connector": name, **options, **({"locations": mapping} if mapping else {})}
        )
    return text
