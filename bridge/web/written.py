"""How values are written on the page. What others wrote is escaped by the templates; here only our own sentences become
more than text."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

from bridge.core.health import spoken
from bridge.core.sku import called_sku, carton_sku
from bridge.core.text import shown

CODE = re.compile(r"`([^`\n]{1,300})`")


def sentence(text: str) -> Markup:
    """A sentence of ours, which may hold foreign text: what stands between backticks is something to type."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(shown(text)))))  # noqa: S704  (escaped just before)


def foreign(value: object) -> str:
    """What others wrote, on one line, without signs that drive a screen; templates escape it."""
    return shown(str(value))


def query(given: Mapping[str, object]) -> str:
    """The part of an address behind its path: what of it says something."""
    kept = {name: value for name, value in given.items() if value}
    return f"?{urlencode(kept)}" if kept else ""


def at(name: str, kind: str) -> str:
    """The address of the page of a SKU, a run or a store."""
    return f"/{kind}s/{quote(name, safe='')}"


def leads(name: str, kind: str) -> bool:
    """Whether it has a page: a type of cartons has none, and what it is called is no SKU."""
    return kind != "sku" or not name.startswith(called_sku(carton_sku("")))


def signed(value: float) -> str:
    """With its sign: "+3", "−3"; what is 0 has none."""
    return ("+" if value > 0 else "\u2212" if value < 0 else "") + number(abs(value))


def ago(text: str | None, now: str) -> Markup:
    """How long before `now` an instant was, for people and for the script that keeps it true."""
    if text is None:
        return Markup("never")
    span = datetime.fromisoformat(now) - datetime.fromisoformat(text)
    words = f"{spoken(span)} ago" if span.total_seconds() >= 1 else "just now"
    return _time(text, words, "ago")


def clock(text: str | None) -> Markup:
    """An instant as the hands of a clock show it, in UTC until the script knows the reader's zone."""
    if text is None:
        return Markup("never")
    return _time(text, f"{datetime.fromisoformat(text).astimezone(UTC):%H:%M:%S}", "clock")


def moment(text: str | None) -> Markup:
    """An instant with its day."""
    if text is None:
        return Markup("never")
    return _time(text, f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M}", "moment")


def _time(text: str, words: str, kind: str) -> Markup:
    exact = f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Markup('<time datetime="{}" title="{}" data-as="{}">{}</time>').format(text, exact, kind, words)


def number(value: float | None) -> str:
    """With a thin space between thousands."""
    return "–" if value is None else f"{value:,}".replace(",", "\u202f")


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 listing", "2 listings"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"
