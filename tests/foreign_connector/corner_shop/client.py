"""Asks one shop. The only file that talks to the network."""

from collections.abc import Mapping
from typing import Any

import httpx

from connectors.http import build_client, error_for, exchange, json_of
from corner_shop.options import Options

MOST_IDS = 100
REMEDIES = {
    401: 'does not accept the key; make another one under "Settings, Keys" and put it into the configuration',
    403: 'does not let this key do that; give it "stock" and "orders" under "Settings, Keys"',
}


class ShopClient:
    """One request a call, each of which may be repeated. what: the shop in words, which begin every error.
    Raises StoreError."""

    def __init__(self, options: Options, *, what: str, transport: httpx.BaseTransport | None) -> None:
        self._http, self._what, self._url = build_client(transport=transport), what, options.url
        self._headers = {"Authorization": f"Bearer {options.key.get_secret_value()}"}

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        return self._asked(self._http.build_request("GET", f"{self._url}{path}", params=query, headers=self._headers))

    def put(self, path: str, body: object) -> Any:
        return self._asked(self._http.build_request("PUT", f"{self._url}{path}", json=body, headers=self._headers))

    def close(self) -> None:
        self._http.close()

    def _asked(self, request: httpx.Request) -> Any:
        answer = exchange(self._http, request, what=self._what)
        if answer.status != 200:
            raise error_for(answer.status, answer.headers, what=self._what, url=self._url, remedies=REMEDIES)
        return json_of(answer, what=self._what)
