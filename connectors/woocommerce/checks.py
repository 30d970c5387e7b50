"""Proves address, key, rights and settings of a store with calls that change nothing."""

import re
from collections.abc import Iterator

from connectors.base import Location, OperatorStoreError, Sender, StoreInfo
from connectors.woocommerce.answers import KeyRefusedError, WebPageError
from connectors.woocommerce.catalogue import Catalogue
from connectors.woocommerce.client import WooClient
from connectors.woocommerce.options import Options
from connectors.woocommerce.orders import Orders
from connectors.woocommerce.pages import Reader

READ_ONLY = "lets this key read but not write; create a Read/Write key in WooCommerce → Settings → Advanced → REST API"
UNCACHED = "have the host leave /wp-json/ out of it, or nothing can be increased while it does"
SWITCH_HIDDEN = (
    "The key's user may not read settings: that stock management is on for the whole shop is concluded from its "
    "products; make it a shop manager to have it asked for."
)
BY_PRODUCT = "lists variations only product by product; 10.3 and later are read with a fraction of the calls"
FORGOTTEN = "and keep no units back; complete or cancel them in WooCommerce"
OLDEST = (3, 5)  # the first with wc/v3


class Check:
    def __init__(self, client: WooClient, reader: Reader, *, send: Sender, what: str) -> None:
        self._client, self._reader, self._send, self._what = client, reader, send, what

    def run(self, catalogue: Catalogue, orders: Orders, options: Options, name: str) -> StoreInfo:
        self._client.begin()
        try:  # an empty batch needs the right to write and writes nothing; a read would pass with a read-only key
            payload = self._send(lambda: self._client.post("products/batch", {"update": []}))
        except KeyRefusedError:
            catalogue.probe()  # raises the same where the secret is wrong
            raise OperatorStoreError(f"{self._what} {READ_ONLY}.") from None
        except WebPageError:
            catalogue.probe()
            raise
        if payload not in ([], {}, {"update": []}):
            raise OperatorStoreError(f"{self._what} answers an empty batch with something else; check `url`.")
        catalogue.must_manage(seen_off=True)
        self._reader.answers("orders", {"per_page": "1", "_fields": "id"})
        self._reader.answers("orders", {"per_page": "1", "_fields": "id"})  # a cache answers the second time
        return StoreInfo(name, (Location("", name),), tuple(self._warnings(catalogue, orders, options)))

    def home(self) -> str:
        """Where WordPress says that the shop lies, without scheme: the same under each of its names, another one in a
        copy. "" where the key's user may not ask."""
        return (self._environment("home_url") or "").partition("://")[2].rstrip("/").lower()

    def _environment(self, name: str) -> str | None:
        """What the store's system status says of itself, "" for nothing; None where the key's user may not ask."""
        try:
            status = self._reader.one("system_status", {"_fields": f"environment.{name}"})
        except OperatorStoreError:
            return None
        environment = status.get("environment") if isinstance(status, dict) else None
        told = environment.get(name) if isinstance(environment, dict) else None
        return told if isinstance(told, str) else ""

    def _warnings(self, catalogue: Catalogue, orders: Orders, options: Options) -> Iterator[str]:
        """What the operator should know of a store that can be used. Raises OperatorStoreError for one too old."""
        if self._client.lag:
            yield f"A cache answers for this store ({self._client.lag.seconds} s old); {UNCACHED}."
        if catalogue.is_switch_hidden:
            yield SWITCH_HIDDEN
        told = self._environment("version")
        if told is None:
            yield "The key's user may not read the system status; make it a shop manager to have it checked."
        else:
            version = told if re.fullmatch(r"[\w.-]{1,20}", told) else ""
            if version and tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < OLDEST:
                raise OperatorStoreError(f"{self._what} runs WooCommerce {version}; update it to 3.5 or later.")
            if not catalogue.lists_all():
                yield f"WooCommerce {version or 'of this version'} {BY_PRODUCT}."
        known = orders.statuses()
        odd = [name for name in options.shipped_statuses if known and name not in known]
        if odd:
            yield f"No order status is called {', '.join(odd)}; this store has: {', '.join(known)}."
        count, days = orders.forgotten(), options.reserve_max_age.days
        if count:
            yield f"{count} open orders are older than reserve_max_age ({days} days) {FORGOTTEN}."
