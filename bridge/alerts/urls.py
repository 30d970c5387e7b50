"""Every service that the library apprise knows, by the address that apprise has for it. Imported only where
`[alerts] urls` is set, for the library is an extra."""

import logging

import apprise
from pydantic import SecretStr

from bridge.alerts.channel import NotDeliveredError
from bridge.core.alerts import Message

SECONDS = 10.0

logging.getLogger("apprise").disabled = True
"""It logs parts of addresses, which are keys."""


def is_known(url: SecretStr) -> bool:
    """Whether apprise knows a service for this address, and everything that it needs stands in it."""
    return apprise.Apprise.instantiate(url.get_secret_value()) is not None


class Service:
    """name: what the address is called in the configuration. url: the whole address, which is the key to it."""

    def __init__(self, name: str, url: SecretStr) -> None:
        self._name, self._url = name, url

    def send(self, message: Message) -> None:
        """Raises NotDeliveredError, which names the kind of the service and nothing else of its address."""
        delivered: bool | None = None
        try:
            asset = apprise.AppriseAsset(
                app_id="Stockbridge", app_desc="Stockbridge", app_url="", http_redirects=False, service_timeout=SECONDS,
            )  # fmt: skip
            service = apprise.Apprise.instantiate(self._url.get_secret_value(), asset=asset)
            if service is not None:
                service.optional = False  # with it, what failed would count as sent
                sent = apprise.Apprise([service], asset=asset).notify(
                    message.text, title="Stockbridge", body_format=apprise.NotifyFormat.TEXT.value, timeout=SECONDS
                )
                delivered = bool(sent)
        except Exception as fault:  # noqa: BLE001  (over a hundred services, each with errors that may quote the address)
            raise NotDeliveredError(f"{self._called} broke down ({type(fault).__name__}); it is tried again.") from None
        if delivered is None:
            raise NotDeliveredError(f"{self._called} is no address that apprise knows; see its list of services.")
        if not delivered:
            raise NotDeliveredError(
                f"{self._called} did not take the message within {SECONDS:.0f} s; check the address, the keys in it and"
                " the network. It is tried again."
            )

    @property
    def _called(self) -> str:
        return f"alerts.{self._name} ({self._url.get_secret_value().partition('://')[0]}://)"
