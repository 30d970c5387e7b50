"""Which connectors are installed, as whoever writes or tries a configuration needs to know them."""

from contextlib import suppress
from importlib import util

from pydantic import BaseModel

from bridge.errors import ConfigError
from connectors import registry
from connectors.base import Capabilities


def connectors() -> tuple[str, ...]:
    """Their names, as people write them after `connector =`."""
    return registry.names()


def options_of(name: str) -> type[BaseModel]:
    """The keys a connector adds to [stores.NAME]. Raises ConfigError."""
    try:
        return registry.load_connector(name).Options
    except registry.ConnectorLoadError as fault:
        raise ConfigError(str(fault)) from None


def capabilities_of(name: str) -> Capabilities:
    """What its platform can do. Raises ConfigError."""
    try:
        return registry.load_connector(name).capabilities
    except registry.ConnectorLoadError as fault:
        raise ConfigError(str(fault)) from None


def sandboxes() -> dict[str, str]:
    """Connector → the module that runs its sandbox, for those that have one beside them. None is imported: a sandbox
    needs packages that a server does not have."""
    modules = {point.name: f"{point.value.partition(':')[0]}.sandbox" for point in registry.installed()}
    found: dict[str, str] = {}
    for name, module in sorted(modules.items()):
        with suppress(ImportError):
            if util.find_spec(module) is not None:
                found[name] = module
    return found
