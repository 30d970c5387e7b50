"""What changed in the stock, by whoever: levels that a search by `updated_at` finds, from a cursor on.

The cursor is the Date of a reading's first answer: Shopify's own clock. The search learns of a change late, so
most looks begin a little before the cursor and one in every few minutes well before it; what is told twice is no
news, because each level comes with its numbers. Nothing documents how late the search may be, so a write of our
own is waited for: until it came back no look begins after it, and when it never does the search is not heeded.
https://shopify.dev/docs/api/admin-graphql/latest/objects/Location#field-Location.fields.inventoryLevels
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

from connectors.base import OrderLine, Reading
from connectors.shopify import orders, translate
from connectors.shopify.client import ServerFaultError, ShopifyClient
from connectors.shopify.pages import Reader
from connectors.shopify.queries import LEVEL_STAMP, LEVELS_AT, alias, poll
from connectors.shopify.shapes import object_of

PAGE = 250
PLACES = 8  # locations in one request: beside the orders' 257 points and with 36 to 70 each, below the 1,000 of a query
MOST_PAGES = 40  # more than this is read as a whole: in bulk, which costs no points
LITTLE, WELL = timedelta(seconds=15), timedelta(minutes=10)  # how far a look reaches back before the cursor
EVERY = timedelta(minutes=5)  # so often it reaches back well
ECHO = timedelta(minutes=10)  # a write that the search does not find for so long it never will
FAR = datetime(2100, 1, 1, tzinfo=UTC)

_SEEN = "what people change there is seen with a whole reading only (daily, or `stockbridge sync --full`)"
IGNORED = f"Shopify does not heed the search for changed stock: {_SEEN}."
DEAF = f"Shopify's search for changed stock does not find our own writes: {_SEEN}."
NO_CLOCK = f"Shopify's answers come without a Date, so that nothing can be asked since then: {_SEEN}."

Row = Mapping[str, Any]
Every = Callable[[Sequence[str]], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Cursor:
    """at: when the last look began. well: when one last reached back well. blind: why edits are not seen, or ""."""

    at: datetime
    well: datetime
    blind: str = ""

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self | None:
        at, well = kept.get("at"), kept.get("well")
        if not isinstance(at, int | float) or not isinstance(well, int | float):
            return None
        return cls(_instant(at), _instant(well), str(kept.get("blind") or ""))

    def kept(self) -> dict[str, Any]:
        kept: dict[str, Any] = {"at": self.at.timestamp(), "well": self.well.timestamp()}
        return kept | ({"blind": self.blind} if self.blind else {})

    @property
    def is_deep(self) -> bool:
        return self.at - self.well >= EVERY

    @property
    def since(self) -> datetime:
        return self.at - (WELL if self.is_deep else LITTLE)


@dataclass(frozen=True, slots=True)
class Echo:
    """A write of our own that the search must find. at: Shopify's clock when it was answered."""

    item: str
    location: str
    at: datetime


class Edits:
    """The looks at one shop. every: all levels of all items at some locations, in bulk where there are many."""

    def __init__(self, reader: Reader, client: ShopifyClient, *, activate: bool, every: Every) -> None:
        self._reader, self._client, self._activate, self._every = reader, client, activate, every
        self._cursor: Cursor | None = None
        self._next: Cursor | None = None
        self._echo: Echo | None = None
        self._heard = False

    # ------------------------------------------------------------ what is kept

    def resume(self, kept: Mapping[str, Any]) -> None:
        self._cursor = self._next = Cursor.read(kept)

    def cursor(self) -> dict[str, Any]:
        """After a look: where the next one begins. After a whole reading: at its first answer."""
        if self._next is not None:
            return self._next.kept()
        date = self._client.first_date
        return Cursor(date, date).kept() if date else {"blind": NO_CLOCK}

    @property
    def is_asked(self) -> bool:
        return self._cursor is not None

    def load_state(self, state: Mapping[str, Any]) -> None:
        match state.get("echo"):
            case [str(item), str(location), int() | float() as at]:
                self._echo = Echo(item, location, _instant(at))

    def dump_state(self) -> dict[str, Any]:
        echo = self._echo
        return {"echo": echo and [echo.item, echo.location, echo.at.timestamp()]}

    def wrote(self, quantities: Sequence[Row]) -> None:
        """Note that a write was applied: one row that it changed is enough to wait for."""
        if self._echo is None and self._client.date is not None:
            moved = (row for row in quantities if row["changeFromQuantity"] not in (None, row["quantity"]))
            for row in moved:
                self._echo = Echo(row["inventoryItemId"], row["locationId"], self._client.date)
                return

    # ------------------------------------------------------------ a look

    def first_page(self, query: str, places: Sequence[str]) -> Any:
        """The first page of the orders that `query` finds and of the levels that changed, in one request."""
        places = places[:PLACES]
        fixed = {"query": query, "edited": translate.updated_since(self._since()), **orders.SHAPE}
        fixed |= {f"l{number}": place for number, place in enumerate(places)}

        def variables(size: int) -> Mapping[str, Any]:
            return {**fixed, "first": size, "levels": min(PAGE, size * PAGE // orders.ORDERS_PAGE + 1)}

        found = self._reader.sized(poll(len(places)), orders.ORDERS_PAGE, variables)
        return (
            {} if isinstance(found, ServerFaultError) else found
        )  # {}: each list is read by itself, around what breaks it

    def hints(self, data: Any, places: Sequence[str]) -> Iterator[OrderLine]:
        """Every level that changed, with what it shows; `data` is what `first_page` brought."""
        assert self._cursor is not None  # noqa: S101  (for the type checker: callers ask `is_asked`)
        asked, self._heard = self._since().replace(microsecond=0), False
        for count, (changed_at, reading) in enumerate(self._changed(data, places)):
            if changed_at < asked:
                self._conclude(IGNORED)
                return
            if count >= MOST_PAGES * PAGE:
                self._echo = None  # a whole reading does not tell when a level changed
                for row in self._every(places):
                    for shown in translate.readings(row, places, activate=self._activate):
                        yield OrderLine(shown.ref, self._cursor.at, shows=shown)
                break
            echo = self._echo
            if echo and (reading.ref, reading.location) == (echo.item, echo.location):
                self._echo, self._heard = None, True
            yield OrderLine(reading.ref, changed_at, shows=reading)
        self._conclude("")

    def _since(self) -> datetime:
        assert self._cursor is not None  # noqa: S101  (as above)
        since = self._cursor.since
        return min(since, self._echo.at - LITTLE) if self._echo else since

    def _changed(self, data: Any, places: Sequence[str]) -> Iterator[tuple[datetime, Reading]]:
        """Changed levels by location, with when they changed; a location that is gone has none."""
        edited = translate.updated_since(self._since())

        for number, place in enumerate(places):
            location = data.get(alias(number), {}) if number < PLACES else {}
            if location is not None:
                variables, page = {"edited": edited, "l0": place}, object_of(location).get("inventoryLevels")
                rows = self._reader.pages(LEVELS_AT, variables, _levels, first=PAGE, page=page)
                yield from self._reader.shaped(rows, "listing", partial(self._shown, place))

    def _shown(self, place: str, row: Row) -> list[tuple[datetime, Reading]]:
        """When a level changed, and what it shows. Raises KeyError, TypeError or ValueError where the row is of another
        shape."""
        reading = translate.reading(row["item"]["id"], place, row, activate=self._activate)
        return [(orders.instant(row["updatedAt"]), reading)]

    # ------------------------------------------------------------ is the search heeded?

    def _conclude(self, blind: str) -> None:
        assert self._cursor is not None  # noqa: S101  (as above)
        date = self._client.first_date
        if blind == IGNORED:
            self._echo = None
        elif self._echo and date and date - self._echo.at > ECHO:
            # Does the level itself say that it changed? The item may be gone, or the answer came from memory.
            data = self._reader.run(LEVEL_STAMP, {"item": self._echo.item, "location": self._echo.location})
            level: Row | None = (data.get("inventoryItem") or {}).get("inventoryLevel")
            if level is not None and orders.instant(level["updatedAt"]) >= self._echo.at - LITTLE:
                blind = DEAF
            self._echo = None
        if not blind and self._cursor.blind == DEAF and not self._heard:
            blind = DEAF
        date = date or self._cursor.at
        self._next = Cursor(date, date if self._cursor.is_deep else self._cursor.well, blind)

    def heeds_a_filter(self, place: str) -> bool:
        """For `check`: nothing can have changed in the year 2100 or later."""
        variables = {"first": 1, "after": None, "edited": translate.updated_since(FAR), "l0": place}
        page: Row | None = _levels(self._reader.run(LEVELS_AT, variables))
        return not (page and page["nodes"])


def _levels(data: Any) -> Any:
    location = data[alias(0)]
    return None if location is None else object_of(location.get("inventoryLevels"))


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
