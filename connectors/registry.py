"""From a connector's name in the configuration to the thing that builds it.

Connectors are entry points in the group "stockbridge.connectors"; a package that adds a store needs
no change here. Each way a connector can fail to load is one sentence with its remedy.
"""

import difflib
import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module, machinery, metadata, util
from types import ModuleType
from typing import cast

from pydantic import BaseModel

from connectors.base import Capabilities, ConnectorFactory

GROUP = "stockbridge.connectors"
NAME = re.compile(r"[a-z][a-z0-9_-]*")
"""What a connector may be called: stores, variables and options of commands are named by it."""


class ConnectorLoadError(Exception):
    """A connector cannot be used. The text is one sentence with the remedy."""


class UnknownConnectorError(ConnectorLoadError):
    """No installed package offers a connector of this name."""


def names(points: Iterable[metadata.EntryPoint] | None = None) -> tuple[str, ...]:
    """The installed connectors, sorted."""
    return tuple(sorted({point.name for point in (installed() if points is None else points)}))


def load_connector(name: str, points: Iterable[metadata.EntryPoint] | None = None) -> ConnectorFactory:
    """The factory of one connector. Raises ConnectorLoadError. `points` stands in for what is installed."""
    known = installed() if points is None else tuple(points)
    found = {point.value: point for point in known if point.name == name}
    if not found:
        others = names(known)
        near = difflib.get_close_matches(name.lower(), others, n=1)
        hint = f'did you mean "{near[0]}"?' if near else "use one of these or install the package that brings it."
        text = f'There is no connector "{name}"; installed: {", ".join(others)}; {hint}'
        if not others:
            text = f'There is no connector "{name}", nor any other: install Stockbridge with "pip install -e .".'
        raise UnknownConnectorError(text)
    if len(found) > 1:
        raise ConnectorLoadError(
            f'Several packages offer a connector "{name}" ({", ".join(sorted(found))}); uninstall all but one.'
        )
    return _loaded(next(iter(found.values())))


@cache
def installed() -> tuple[metadata.EntryPoint, ...]:
    """The entry points of all installed connectors. Read once: what is installed does not change in a running process,
    and reading it opens a file of every installed package."""
    return tuple(metadata.entry_points(group=GROUP))


def beside(part: str) -> dict[str, str]:
    """Connector, sorted → its module of this name ("sandbox", "sandbox.storefront"), for those that have one. None is
    imported: what is for tests needs packages that a server does not have."""
    modules = {point.name: f"{point.value.partition(':')[0]}.{part}" for point in installed()}
    return {name: module for name, module in sorted(modules.items()) if NAME.fullmatch(name) and _exists(module)}


def load_beside(name: str, part: str) -> ModuleType:
    """That module of one connector. Raises KeyError where it has none."""
    return import_module(beside(part)[name])


def pair(part: str) -> tuple[str, str]:
    """Two connectors that have such a module, of different platforms where there are: the first and the last of those
    whose stores can be read, for whoever compares what they show. Raises ConnectorLoadError where there is none."""
    found = [name for name in beside(part) if load_connector(name, installed()).capabilities.readable]
    if not found:
        raise ConnectorLoadError(f"No connector that is installed brings {part}; install one that does.")
    return found[0], found[-1]


def _exists(module: str) -> bool:
    """Whether there is one, by the files alone: util.find_spec would import all that stand above it."""
    package, *parts = module.split(".")
    spec = util.find_spec(package)
    for part in parts:
        package = f"{package}.{part}"
        spec = spec and machinery.PathFinder.find_spec(package, spec.submodule_search_locations or [])
    return spec is not None


def _loaded(point: metadata.EntryPoint) -> ConnectorFactory:
    """What an entry point names, if it can be imported and is a connector."""
    if not NAME.fullmatch(point.name):
        text = f'A connector cannot be called "{point.name}"; its package must use small letters, digits, _ and -.'
        raise ConnectorLoadError(text)
    try:
        factory = point.load()
    except AttributeError as error:
        text = f'Connector "{point.name}" points at {point.value}, which does not exist; correct its entry point.'
        raise ConnectorLoadError(text) from error
    except Exception as error:  # a plug-in may fail in any way while it is imported
        reason = f"{type(error).__name__}: {error}"
        text = f'Connector "{point.name}" ({point.value}) cannot be imported ({reason}); reinstall its package.'
        raise ConnectorLoadError(text) from error
    options = getattr(factory, "Options", None)
    faults = {
        "capabilities": isinstance(getattr(factory, "capabilities", None), Capabilities),
        "Options": isinstance(options, type) and issubclass(options, BaseModel),
        "open": callable(getattr(factory, "open", None)),
    }
    lacking = [part for part, good in faults.items() if not good]
    if lacking:
        raise ConnectorLoadError(
            f'Connector "{point.name}" is not one: {", ".join(lacking)} missing or of the wrong kind; '
            "see ConnectorFactory in connectors/base.py."
        )
    return cast(ConnectorFactory, factory)
