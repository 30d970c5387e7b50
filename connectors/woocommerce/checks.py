"""Proves address, key, rights and settings of a store with calls that change nothing."""

import re

from connectors.base import Location, OperatorStoreError, Sender, StoreInfo
from connectors.woocommerce.answers import KeyRefusedError, WebPageError
from connectors.woocommerce.catalogue import Catalogue
from connectors.woocommerce.client import WooClient
from connectors.woocommerce.options import Options
from connectors.woocommerce.orders import Orders
from connectors.woocommerce.pages import Reader

READ_ONLY = "lets this key read but not write; create a Read/Write key in WooCommerce → Settings → Advanced → REST API"
UNCACHED = "have the host leave /wp-json/ out of it, or nothing can be increased while it does"
OLDEST = (3, 5)  # the first with wc/v3


class Check:
    def __init__(self, client: WooClient, reader: Reader, *, send: Sender, what: str) -> None:
        self._client, self._reader, self._send, self._what = client, reader, send, what

    def run(self, catalogue: Catalogue, orders: Orders, options: Options, name: str) -> StoreInfo:
        self._client.begin()
        self._may_write(catalogue)
        catalogue.must_manage(seen_off=True)
        self._reader.answers("orders", {"per_page": "1", "_fields": "id"})
        self._reader.answers("orders", {"per_page": "1", "_fields": "id"})  # a cache answers the second time
        warnings = (
            *self._cached(),
            *_switch(catalogue),
            *self._version(catalogue),
            *_statuses(orders, options),
            *_old(orders, options),
        )
        return StoreInfo(name, (Location("", name),), warnings)

    def _may_write(self, catalogue: Catalogue) -> None:
        """An empty batch needs the right to write and writes nothing. A read would pass with a read-only key."""
        try:
            payload = self._send(lambda: self._client.post("products/batch", {"update": []}))
        except KeyRefusedError:
            catalogue.probe()  # raises the same where the secret is wrong
            raise OperatorStoreError(f"{self._what} {READ_ONLY}.") from None
        except WebPageError:
            catalogue.probe()
            raise
        if payload not in ([], {}, {"update": []}):
            raise OperatorStoreError(f"{self._what} answers an empty batch with something else; check `url`.")

    def home(self) -> str:
        """Where WordPress says that the shop lies, without scheme: the same under each of its names, another one in a
        copy. "" where the key's user may not ask."""
        try:
            status = self._reader.one("system_status", {"_fields": "environment.home_url"})
        except OperatorStoreError:
            return ""
        environment = status.get("environment") if isinstance(status, dict) else None
        home = environment.get("home_url") if isinstance(environment, dict) else None
        return home.partition("://")[2].rstrip("/").lower() if isinstance(home, str) else ""

    def _cached(self) -> tuple[str, ...]:
        if not self._client.lag:
            return ()
        return (f"A cache answers for this store ({self._client.lag.seconds} s old); {UNCACHED}.",)

    def _version(self, catalogue: Catalogue) -> tuple[str, ...]:
        try:
            status = self._reader.one("system_status", {"_fields": "environment.version"})
        except OperatorStoreError:
            return ("The key's user may not read the system status; make it a shop manager to have it checked.",)
        version = _version_of(status)
        if version and _numbers(version) < OLDEST:
            raise OperatorStoreError(f"{self._what} runs WooCommerce {version}; update it to 3.5 or later.")
        if catalogue.lists_all():
            return ()
        return (
            f"WooCommerce {version or 'of this version'} lists variations only product by product; 10.3 and later are "
            "read with a fraction of the calls.",
        )


def _switch(catalogue: Catalogue) -> tuple[str, ...]:
    if not catalogue.is_switch_hidden:
        return ()
    return (
        "The key's user may not read settings: that stock management is on for the whole shop is concluded from its "
        "products; make it a shop manager to have it asked for.",
    )


def _statuses(orders: Orders, options: Options) -> tuple[str, ...]:
    known = orders.statuses()
    odd = [name for name in options.shipped_statuses if known and name not in known]
    return (f"No order status is called {', '.join(odd)}; this store has: {', '.join(known)}.",) if odd else ()


def _old(orders: Orders, options: Options) -> tuple[str, ...]:
    count, days = orders.forgotten(), options.reserve_max_age.days
    if not count:
        return ()
    return (
        f"{count} open orders are older than reserve_max_age ({days} days) and keep no units back; complete or cancel "
        "them in WooCommerce.",
    )


def _version_of(status: object) -> str:
    environment = status.get("environment") if isinstance(status, dict) else None
    version = environment.get("version") if isinstance(environment, dict) else None
    return version if isinstance(version, str) and re.fullmatch(r"[\w.-]{1,20}", version) else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
