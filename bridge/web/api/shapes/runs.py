"""Runs, and rolling one back as `rollback --json` prints it."""

from typing import Literal

from pydantic import Field

from bridge.web.api.shapes.common import Instant, Paged, Shape
from bridge.web.api.shapes.status import Did


class RunRow(Did):
    """A run's part in one store. failed: `error` tells of trouble. undoes: the run that it put back."""

    run: str
    at: Instant
    store: str
    failed: bool
    said: str | None
    undoes: str


class Item(Shape):
    """What a run wrote. word: `applied`, or `refused: …`. later: the run that wrote it since, or ""."""

    sku: str
    store: str
    location: str
    place: str
    before: int | None
    after: int | None
    word: str
    later: str


class OneRun(Paged[Item]):
    """at: null where the run itself is forgotten. stores: what it did, store by store. forgotten: what cannot be told
    any more, in sentences. can_put_back: stores where something of it may be rolled back."""

    run: str
    at: Instant | None
    undoes: str
    stores: dict[str, Did]
    forgotten: list[str]
    can_put_back: list[str]


class Back(Shape):
    """shows, would_show: in units for sale; shown, quantity: in units of the kind that is written."""

    sku: str
    ref: str
    location: str
    shown: int | None
    quantity: int | None
    shows: int | None
    would_show: int | None
    warning: str | None


class Stays(Shape):
    sku: str
    ref: str
    location: str
    before: int | None = Field(alias="from")
    to: int | None
    why: str


class StoreBack(Shape):
    """back: what is put back. kept: what stays, and why. forgotten: writes that the history no longer has. run, result:
    under which it was put back, and what became of it; null until then."""

    back: list[Back]
    kept: list[Stays]
    forgotten: int
    guard: str | None
    error: str | None
    run: str | None
    result: Did | None


class Rollback(Shape):
    """undoes: the run. step: `reads` the stores for the preview, `seen` once it is there, `writes`, or `done`. token:
    to say yes to this preview with. fault: why it came to no end, or ""."""

    undoes: str
    at: Instant | None
    dry_run: bool
    step: Literal["reads", "seen", "writes", "done"]
    token: str
    by: str
    fault: str
    stores: dict[str, StoreBack]
