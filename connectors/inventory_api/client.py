"""Sends one report of one product to one shop. The only file that talks to the network."""

import time
from collections.abc import Mapping

import httpx

from connectors.base import Outcome
from connectors.http import Clock, build_client, exchange
from connectors.inventory_api.answers import outcome_of
from connectors.inventory_api.options import PATH, Options

LARGEST_ANSWER = 1024 * 1024  # bytes; the document's are a line


class InventoryClient:
    """Safe in several threads; connections are kept open between requests."""

    def __init__(
        self, options: Options, *, what: str, transport: httpx.BaseTransport | None, clock: Clock = time.monotonic
    ) -> None:
        self._http, self._what, self._clock = build_client(transport=transport), what, clock
        self._url, self._token = f"{options.url}{PATH}", options.token.get_secret_value()

    def report(self, body: Mapping[str, object]) -> Outcome:
        """One request → what the shop said of it. An absolute number, so it may be sent again. Raises StoreError; one
        with a `status` was answered."""
        headers = {"Authorization": f"Bearer {self._token}"}
        request = self._http.build_request("POST", self._url, json=body, headers=headers)
        answer = exchange(self._http, request, what=self._what, limit=LARGEST_ANSWER, clock=self._clock)
        return outcome_of(answer, what=self._what, url=self._url, token=self._token)

    def close(self) -> None:
        self._http.close()
