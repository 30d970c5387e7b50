"""A cache of a host in front of the shop's answers to GET. What passes it by differs from host to host."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from connectors.testing.http import Response
from connectors.woocommerce.sandbox.http import Call

KINDS = ("header", "query", "skip", "nothing")
PASSING = ("_skip_cache", "_t")


@dataclass(slots=True)
class Cache:
    """seconds: how long it keeps an answer. heeds: what passes it by. "header": Cache-Control: no-cache. "query": its
    key is the whole address. "skip": WooCommerce's own (10.5), which `_skip_cache` passes, and which tells no Age.
    "nothing": its key leaves out parameters that it does not know."""

    seconds: float = 0.0
    heeds: str = "nothing"
    kept: dict[str, tuple[datetime, Response]] = field(default_factory=dict)

    def find(self, call: Call, now: datetime) -> Response | None:
        by_header = self.heeds == "header" and "no-cache" in call.headers.get("cache-control", "")
        by_query = self.heeds == "skip" and "_skip_cache" in call.query
        if not self.seconds or call.method != "GET" or by_header or by_query:
            return None
        then, answer = self.kept.get(self._key(call), (None, None))
        if then is None or answer is None or now - then > timedelta(seconds=self.seconds):
            return None
        told = {"X-WC-Cache": "HIT"} if self.heeds == "skip" else {"Age": f"{(now - then).total_seconds():.0f}"}
        return Response(answer.status, {**answer.headers, **told}, answer.body)

    def keep(self, call: Call, answer: Response, now: datetime) -> None:
        if self.seconds and call.method == "GET" and answer.status == 200:
            self.kept[self._key(call)] = now, Response(answer.status, dict(answer.headers), answer.body)

    def _key(self, call: Call) -> str:
        if self.heeds == "query":
            return call.url
        parts = urlsplit(call.url)
        rest = [pair for pair in parse_qsl(parts.query) if pair[0] not in PASSING and not pair[0].startswith("oauth_")]
        return f"{parts.path}?{urlencode(rest)}"
