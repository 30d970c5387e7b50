"""One shop at Shopify."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

import httpx
from msgspec.json import Decoder
from pydantic import BaseModel, SecretStr

from connectors.address import is_loopback
from connectors.base import (
    Batch,
    Capabilities,
    Listing,
    Location,
    OperatorStoreError,
    OrderLine,
    Outcome,
    Reading,
    Sender,
    StoreError,
    StoreInfo,
    Verdict,
)
from connectors.http import Clock, Now, build_client, utc_now
from connectors.shopify import again, orders, queries, translate, vanished
from connectors.shopify.activate import stock_up
from connectors.shopify.auth import Auth, ClientCredentials, FixedToken
from connectors.shopify.bulk import ANY, Bulk, BulkRefusedError
from connectors.shopify.capabilities import CAPABILITIES
from connectors.shopify.client import ShopifyClient, site_of
from connectors.shopify.edits import IGNORED, Edits
from connectors.shopify.levels import every_level, every_variant, levels_of_refs
from connectors.shopify.options import Options as ShopifyOptions
from connectors.shopify.pages import Reader, root
from connectors.shopify.plain import variants
from connectors.shopify.push import Body, push_rows, refusals
from connectors.shopify.shapes import object_of, text_of
from connectors.shopify.webhooks import TOPICS, Webhooks
from connectors.skills import Subscription, Unreadable

PLACES_KEPT = 900.0  # seconds for which the only location is not asked for again
ORDERS_HIDDEN = "Orders older than 60 days are hidden from the app; their open units still show in the stock levels."


class ShopifyStore:
    """One shop. See connectors.base.StoreConnector for what each method promises."""

    Options: ClassVar[type[BaseModel]] = ShopifyOptions
    capabilities: ClassVar[Capabilities] = CAPABILITIES
    topics: ClassVar[tuple[str, ...]] = TOPICS

    def __init__(
        self, options: ShopifyOptions, *, locations: Sequence[str], send: Sender,
        transport: httpx.BaseTransport | None = None, now: Now = utc_now, clock: Clock = time.monotonic,
    ) -> None:  # fmt: skip
        """transport, now and clock replace network and time in tests."""
        self._options, self._send, self._now = options, send, now
        self._what = f"the Shopify store {options.shop}"
        self._configured = _plain(locations, self._what)
        self._places: tuple[str, ...] = self._configured
        self._found_at = 0.0  # Unix seconds when the only location was found
        self._http = build_client(transport=transport)
        site = site_of(options.shop, options.api_version, options.base_url)
        auth: Auth
        if options.access_token is not None:
            auth = FixedToken(options.access_token)
        else:
            base, key = options.base_url or f"https://{options.shop}", options.client_id or ""
            secret = options.client_secret or SecretStr("")  # Options saw to it that both are there
            auth = ClientCredentials(
                self._http, base=base, client_id=key, client_secret=secret, what=self._what, clock=clock
            )
        self._client = ShopifyClient(self._http, site=site, auth=auth, what=self._what, clock=clock)
        self._reader = Reader(self._client, send=send, what=self._what)
        self._edits = Edits(self._reader, self._client, activate=options.activate, every=self._levels)
        local = bool(options.base_url) and is_loopback(httpx.URL(options.base_url or "").host)
        self._bulk = Bulk(self._client, self._http, send=send, what=self._what, loopback=local, clock=clock)
        is_verifiable = bool(options.signing_keys)
        self._hooks = Webhooks(self._reader, self._client, send=send, what=self._what, is_verifiable=is_verifiable)

    @classmethod
    def open(cls, options: BaseModel, *, locations: Sequence[str], send: Sender) -> Self:
        return cls(ShopifyOptions.model_validate(options), locations=locations, send=send)

    def close(self) -> None:
        self._http.close()

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over what the worker before learned: what it left of the query points, which belong to app and shop, and
        a write of its own that the search for changed stock has to find."""
        self._client.budget.load_state(state, self._now().timestamp())
        self._edits.load_state(state)
        self._reader.broken.load_state(state.get("broken"))
        match state.get("places"):  # the only location, as long as there can hardly be another one
            case [int() | float() as at, str(place)] if not self._configured and translate.PLACE.fullmatch(place):
                if 0 <= self._now().timestamp() - at < PLACES_KEPT:
                    self._found_at, self._places = at, (place,)

    def dump_state(self) -> dict[str, Any]:
        found = {"places": [self._found_at, *self._places]} if self._found_at else {}
        budget = self._client.budget.dump_state(self._now().timestamp())
        return budget | self._edits.dump_state() | found | {"broken": self._reader.broken.dump_state()}

    def unreadable(self) -> Sequence[Unreadable]:
        return self._reader.broken.told()

    def hides(self, ref: str) -> bool:
        return self._reader.broken.hides(ref)

    def resume_edits(self, cursor: Mapping[str, Any]) -> None:
        self._edits.resume(cursor)

    def edits_cursor(self) -> dict[str, Any]:
        return self._edits.cursor()

    # ------------------------------------------------------------ check

    def check(self) -> StoreInfo:
        data = self._reader.run(queries.SHOP, {})
        granted = translate.granted(data)
        lacking = translate.missing_scopes(granted)
        if lacking:
            text = f"{self._what}: the app lacks {', '.join(lacking)}; grant these scopes and install it again."
            raise OperatorStoreError(text)
        found = self._locations()
        self._places = translate.chosen(self._configured, found, what=self._what)
        warnings: list[str] = []
        wanted, got = self._options.api_version, self._client.version
        if got not in ("", wanted):
            text = f"Shopify answers with API version {got} instead of {wanted}, which has expired: set api_version."
            warnings.append(text)
        if "read_all_orders" not in granted:
            warnings.append(ORDERS_HIDDEN)
        warnings += translate.sleeping(self._configured, found)
        if not self._edits.heeds_a_filter(self._places[0]):
            warnings.append(IGNORED)
        name = text_of(object_of(data.get("shop")).get("name")) or self._options.shop
        return StoreInfo(name, tuple(found), tuple(warnings))

    def shop_id(self) -> str:
        return text_of(object_of(self._reader.run(queries.IDENTITY, {}).get("shop")).get("id"))

    def _locations(self) -> list[Location]:
        rows = self._reader.pages(queries.LOCATIONS, {}, root("locations"))
        return [translate.location(row) for row in rows]

    def _in_use(self) -> tuple[str, ...]:
        """The locations to read and write. With none configured, the shop's only one, asked for once."""
        if not self._places:
            self._places = translate.chosen((), self._locations(), what=self._what)
            self._found_at = self._now().timestamp()
        return self._places

    # ------------------------------------------------------------ reading

    def listings(self, changed_since: datetime | None = None) -> Iterator[Listing]:
        self._client.begin()
        if changed_since is not None:
            rows = self._variants(translate.updated_since(changed_since))
        else:
            rows = self._all(queries.variants_bulk(), lambda: self._variants(None))
        return self._reader.shaped(rows, "listing", lambda row: [translate.listing(row)])

    def _variants(self, query: str | None) -> Iterator[Mapping[str, Any]]:
        return self._reader.pages(queries.variants(), {"query": query}, root("productVariants"))

    def read(self, refs: Sequence[str] | None = None) -> Iterator[Reading]:
        places = self._in_use()
        rows = self._levels(places) if refs is None else levels_of_refs(self._reader, refs, places)
        activate = self._options.activate
        yield from self._reader.shaped(rows, "listing", lambda row: translate.readings(row, places, activate=activate))

    def listings_with_readings(self) -> Iterator[tuple[Listing | None, Sequence[Reading]]]:
        places, activate = self._in_use(), self._options.activate
        plain = variants(len(places))
        rows = self._all(queries.variants_bulk(places), lambda: every_variant(self._reader, places), plain)
        yield from self._reader.shaped(rows, "listing", lambda row: [translate.listed(row, places, activate=activate)])

    def _levels(self, places: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        return self._all(queries.levels_bulk(places), lambda: every_level(self._reader, places))

    def _all(
        self, bulk: str, pages: Callable[[], Iterator[Mapping[str, Any]]], plain: Decoder[Any] = ANY
    ) -> Iterator[Any]:
        """Everything: in bulk when there is much of it and Shopify does it, in pages otherwise. plain: for the lines of
        the file."""
        limit = self._options.bulk_above + 1
        counted = self._reader.run(queries.COUNT, {"limit": limit}).get("productVariantsCount")
        count = object_of(counted).get("count")
        if not isinstance(count, int) or count >= limit:
            try:
                yield from self._bulk.rows(bulk, plain)
                return
            except BulkRefusedError:
                pass  # raised before the first row, so pages still tell the whole story
        yield from pages()

    def read_at(self) -> datetime | None:
        return self._client.first_date

    def lag(self) -> timedelta:
        return timedelta(0)  # every request is a POST, which no cache keeps

    def changes(self, since: datetime | None) -> Iterator[OrderLine]:
        """Orders, and with a cursor also the stock that changed; the first page of both comes in one request."""
        self._client.begin()
        if self._reader.broken.told():
            yield from again.order_lines(self._reader, self._in_use(), self._now(), self._home)
        if since is None or not self._edits.is_asked:
            yield from orders.order_lines(self._reader, since, now=self._now(), home=self._home)
            return
        query, places = translate.updated_since(since), self._in_use()
        data = self._edits.first_page(query, places)
        yield from orders.found(self._reader, query, self._home, data.get("orders"))
        yield from self._edits.hints(data, places)

    def _home(self) -> str:
        return self._in_use()[0]

    def refetched(self, known: Mapping[str, Mapping[str, int]]) -> Iterator[OrderLine]:
        """Orders believed to hold units of listings that are gone; see connectors.skills.Revisits."""
        yield from vanished.refetched(self._reader, known, now=self._now(), home=self._home)

    # ------------------------------------------------------------ webhooks

    def webhooks(self) -> Sequence[Subscription]:
        return self._hooks.ours()

    def register_webhooks(self, address: str) -> Sequence[Subscription]:
        return self._hooks.register(address)

    def remove_webhooks(self) -> int:
        return self._hooks.remove()

    # ------------------------------------------------------------ writing

    def push(self, batch: Batch) -> Sequence[Outcome]:
        if len(batch.updates) > self.capabilities.max_batch:
            raise ValueError(f"a batch holds at most {self.capabilities.max_batch} updates")
        foreign = [row for row, update in enumerate(batch.updates) if not translate.ITEM.fullmatch(update.ref)]
        outcomes = dict.fromkeys(foreign, Outcome(Verdict.MISSING, reason="not the address of a Shopify item"))
        if self._options.activate:
            rows = [row for row in range(len(batch.updates)) if row not in outcomes]
            try:
                outcomes |= stock_up(self._reader, batch, rows, self._in_use(), what=self._what)
            except StoreError as error:
                error.maybe_applied = frozenset()  # no quantity was sent
                raise
        rest = tuple(row for row in range(len(batch.updates)) if row not in outcomes)
        outcomes |= push_rows(batch, rest, self._set, what=self._what)
        return tuple(outcomes[row] for row in range(len(batch.updates)))

    def _set(self, body: Body, key: str) -> Sequence[Any]:
        def request() -> Sequence[Any]:
            data = self._client.execute(queries.SET_QUANTITIES, {"input": body, "key": key})
            errors = refusals(data.get("inventorySetQuantities"), what=self._what)
            if not errors:  # a refused call has written nothing
                self._edits.wrote(body["quantities"])
            return errors

        return self._send(request)


def _plain(locations: Sequence[str], what: str) -> tuple[str, ...]:
    """Location ids as configured. They go into query texts, so only plain gids pass."""
    odd = [place for place in locations if not translate.PLACE.fullmatch(place)]
    if odd:
        text = f'{what}: {", ".join(odd)} is no location id; write it as "gid://shopify/Location/11".'
        raise OperatorStoreError(text)
    return tuple(dict.fromkeys(locations))
