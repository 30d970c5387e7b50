"""Sends requests to one store. The only place that imports woocommerce.

The library builds the address, signs it and encodes the body. Two things it does not do are done here:
it opens a connection per call and has no seam for another transport, so the one private method that
sends goes through a session instead; and it reads bodies of any length for any time.
https://github.com/woocommerce/wc-api-python
"""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.auth import HTTPBasicAuth
from requests.structures import CaseInsensitiveDict
from woocommerce import API

from connectors.deadline import within
from connectors.http import (
    BODY_LIMIT,
    DEADLINE,
    Answer,
    BodyError,
    Bounds,
    Clock,
    clock_of,
    date_of,
    error_from,
    unpacked,
)  # fmt: skip
from connectors.woocommerce.answers import Json, payload_of
from connectors.woocommerce.options import Options
from connectors.woocommerce.timed import TimedAdapter

CONNECT = 5.0  # seconds
READ = 30.0  # seconds of silence while reading
WRITE = 60.0  # seconds of silence while a batch is written: nothing is sent before its last item is saved
CHUNK = 64 * 1024
KEPT = timedelta(hours=1)  # so long WooCommerce's own cache keeps an answer, and it tells no Age


class _SessionAPI(API):  # type: ignore[misc]  # the library has no types
    """The library, sending through a session of ours."""

    session: requests.Session

    def _API__request(  # noqa: N802  (the library's own name for it, mangled)
        self, method: str, endpoint: str, data: Any, params: Mapping[str, str] | None = None, **kwargs: Any
    ) -> requests.Response:
        """Does what API.__request does, with `session.request` for `requests.request`."""
        url, auth, given = self._API__get_url(endpoint), None, dict(params or {})
        if self.is_ssl:
            if self.query_string_auth:
                given |= {"consumer_key": self.consumer_key, "consumer_secret": self.consumer_secret}
            else:
                auth = HTTPBasicAuth(self.consumer_key, self.consumer_secret)
        else:
            query = f"?{urlencode(given)}" if given else ""
            url, given = self._API__get_oauth_url(f"{url}{query}", method), {}
        return self.session.request(method, url, params=given, json=data, auth=auth, timeout=self.timeout, **kwargs)


class WooClient:
    """Paths in, JSON out; everything else is an error named by what to do next."""

    def __init__(
        self, options: Options, *, what: str, adapter: BaseAdapter | None = None, clock: Clock = time.monotonic
    ) -> None:
        """what: the store in words; it begins error texts. adapter: replaces the network in tests."""
        self._what, self._url, self._clock = what, options.url, clock
        self._session = _session(options.url, adapter)
        self._reading = _api(options, self._session, READ)
        self._writing = _api(options, self._session, WRITE)
        self.first_date: datetime | None = None
        self.lag = timedelta(0)
        self.total: int | None = None  # rows of the list that the last answer is a page of, as the store counts them

    def begin(self) -> None:
        """A reading begins. first_date: the store's clock, when the oldest answer since then was true; lag: how long a
        cache had kept the oldest of them."""
        self.first_date, self.lag = None, timedelta(0)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Json:
        """Reads JSON past every cache. params: comma strings, never lists: of a repeated key PHP keeps the last."""
        # WooCommerce's own cache (10.5) heeds the first; its key and that of many hosts is the whole address, so that
        # the second alone would fill it.
        past_caches = {"_skip_cache": "1", "_t": f"{time.time_ns():x}"}
        return self._exchange(self._reading, "get", path, params={**(params or {}), **past_caches})

    def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """Writes. Never with `_fields`: the write would happen and the answer be blank."""
        return self._exchange(self._writing, "post", path, data=body)

    def delete(self, path: str, params: Mapping[str, str]) -> Json:
        return self._exchange(self._writing, "delete", path, params=params)

    def close(self) -> None:
        self._session.close()

    def _exchange(self, api: Any, method: str, path: str, **given: Any) -> Json:
        """Sends one request and returns its JSON. A cause of an error would quote the address, which on plain http
        holds the key: none is kept. The library is not told how a body is packed: in it, the search for the next byte
        in a stream that has none never ends."""
        bounds = Bounds(BODY_LIMIT, DEADLINE, self._clock)
        try:
            with within(DEADLINE):
                response = getattr(api, method)(path, allow_redirects=False, stream=True, **given)
                try:
                    packing = response.raw.headers.pop("Content-Encoding", "")
                    body = b"".join(unpacked(response.iter_content(CHUNK), packing, bounds))
                finally:
                    response.close()
            answer = Answer(response.status_code, CaseInsensitiveDict(response.headers), body)
        except (requests.RequestException, UnicodeError, OSError, BodyError) as error:
            fault = error_from(error, bounds, what=self._what, url=self._url)
        else:
            self._note_clock(answer.headers)
            return payload_of(answer, what=self._what, url=response.url.split("?")[0])
        raise fault

    def _note_clock(self, headers: Mapping[str, str]) -> None:
        total = headers.get("X-WP-Total", "")
        self.total = int(total) if total.isascii() and total.isdecimal() else None
        date, made = date_of(headers), clock_of(headers)
        if date is None or made is None:
            return
        if made == date and headers.get("X-WC-Cache", "").upper() == "HIT":
            made = date - KEPT
        self.first_date = min(self.first_date or made, made)
        self.lag = max(self.lag, date - made)


class _Session(requests.Session):
    """A redirect is an answer like any other. The library, told not to follow it, would still read its body without
    bound and make sense of where it points."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002  (the library's name)
        return None


def _session(url: str, adapter: BaseAdapter | None) -> requests.Session:
    session = _Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # a basket is no business of ours
    session.trust_env = adapter is None and url.startswith("https")  # proxies count, but not for this machine
    if adapter is not None:
        session.mount(url, adapter)
    else:
        session.mount("https://", TimedAdapter())
        session.mount("http://", TimedAdapter())
    return session


def _api(options: Options, session: requests.Session, seconds: float) -> _SessionAPI:
    key, secret = options.consumer_key.get_secret_value(), options.consumer_secret.get_secret_value()
    api = _SessionAPI(
        options.url, key, secret, version="wc/v3", timeout=(CONNECT, seconds), query_string_auth=options.query_auth
    )
    api.session = session
    session.headers["User-Agent"] = "stockbridge"
    session.headers["Accept"] = "application/json"
    session.headers["Accept-Encoding"] = "gzip"  # what is unpacked above
    session.headers["Cache-Control"] = "no-cache"  # shops put caches in front of everything
    return api


def host_of(url: str) -> str:
    """shop.example.com, or shop.example.com/blog: what people call the store."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")
