"""Which connectors are installed, as whoever writes or tries a configuration needs to know them."""

from collections.abc import Mapping

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


def locations_key(name: str) -> str:
    """The key of [stores.NAME] that says which warehouse is which location. Raises ConfigError."""
    return str(getattr(options_of(name), "locations_key", "locations"))


def settings_of(name: str, said: Mapping[str, object]) -> dict[str, object]:
    """What [stores.NAME] says of the connector, of all that its sandbox told of itself. Raises ConfigError."""
    return {"connector": name, **{key: said[key] for key in options_of(name).model_fields if key in said}}


def sandboxes() -> dict[str, str]:
    """Connector → the module that runs its sandbox, for those that have one beside them. None is imported: a sandbox
    needs packages that a server does not have."""
    return registry.beside("sandbox")


def storefronts() -> dict[str, str]:
    """Of these sandboxes, those that people can be played in (connectors.testing.storefront): connector → module."""
    return registry.beside("sandbox.storefront")
