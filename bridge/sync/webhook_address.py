"""Where a store is to deliver its webhooks."""

from bridge.config import Settings
from bridge.errors import ConfigError

NO_ADDRESS = (
    "web: has no public_url, so nobody can tell the store where to deliver; write under [web] the address at which"
    ' shops reach this server, such as public_url = "https://stock.example.com"'
)


def address_of(settings: Settings, store: str) -> str:
    """Raises ConfigError without `public_url`."""
    if settings.web.public_url is None:
        raise ConfigError(NO_ADDRESS)
    return f"{settings.web.public_url}/webhooks/{store}"
