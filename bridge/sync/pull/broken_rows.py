"""Rows of the warehouse that break every page which holds them: a pull leaves them out, and here they get their names.

Nothing in the list says which product such a row is. The catalogue may, and in a whole pull what is absent. Where
neither does, a pull for changes proves no increase, and the next pull is a whole one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from bridge.core.model import Level
from bridge.core.sku import carton_sku
from bridge.errors import BrokenAnswerError
from bridge.state import keys, pack, pulled, spelling
from bridge.state.change import Change
from bridge.sync.context import SOON, SourceSession, SyncContext
from bridge.sync.pull.doubts import note_of
from bridge.threeplguys import BadRow
from bridge.transport.retry import RetryPolicy
from connectors.chunks import chunks
from connectors.values import replace

WHY = "3PLGuys fails on every page that holds its row"
UNNAMED = BadRow(None, None, WHY)
PAGES, CHUNK, MOST = 20, 50, 20
"""How far the catalogue is read, how many of it at a time, and how many may be in question: more say nothing."""

Met = Callable[[Sequence[str]], Collection[str]]
"""Products → those of them that the pull met."""


def of_changes(
    context: SyncContext,
    source: SourceSession,
    *,
    holes: int,
    since: datetime | None,
    met: Collection[str],
    cartons: bool,
) -> list[BadRow]:
    """The rows that a pull for changes left out; cartons: it read those too. When not all get a name, a whole pull is
    asked for."""
    if not holes:
        return []
    found = in_catalogue(source, since, lambda _: met, source.sender, cartons=cartons)
    if len(found) < holes:
        full_at, others = context.state.source_record().full_at, {*met, *(row.product for row in found)}
        if full_at is not None and since is not None and since < full_at:
            # it looks back behind the last whole pull, so those that this one left out are in it
            notes = [note for note in context.state.bad_rows().values() if note["why"] == WHY and note["product"]]
            left_out = (note for note in notes if note["product"] not in others)
            found = [*found, *(BadRow(note["product"], note["sku"], WHY) for note in left_out)]
    if len(found) >= holes:
        return found
    context.state.note_source(recheck=context.now())
    return [*found, UNNAMED]


def in_catalogue(
    source: SourceSession, since: datetime | None, met: Met, send: RetryPolicy, *, cartons: bool, wanted: int = MOST + 1
) -> list[BadRow]:
    """Products, and carton types where the pull read those, that the catalogue shows as changed since then and that the
    pull did not meet, the latest change first, until so many are found."""
    found = list[BadRow]()
    soon = replace(send, soon=SOON)
    names: Iterator[tuple[str, str]] = (
        (x.product, x.sku) for x in source.client.catalogue(since, pages=PAGES, send=soon)
    )
    if cartons:
        types = source.client.carton_catalogue(since, pages=PAGES, send=soon)
        names = chain(names, ((name, name) for name in (carton_sku(x.carton) for x in types)))
    try:
        for chunk in chunks(names, CHUNK):
            known = met([product for product, _ in chunk])
            found += [BadRow(product, sku, WHY) for product, sku in chunk if product not in known]
            if len(found) >= wanted:
                break
    except BrokenAnswerError:
        return []
    return found if len(found) <= MOST else []


def doubted(context: SyncContext, rows: Sequence[BadRow]) -> Change:
    """What a long pull met of these products before their rows broke, doubted from now on."""
    change, names = Change(), [row.product for row in rows if row.product is not None]
    met = pulled.met(context.state, names)
    for row in rows:
        if row.product is not None:
            found = met.get(row.product)
            kept = spelling.level(replace(found, doubt=WHY)) if isinstance(found, Level) else packed(row)
            change.put(keys.PULLED, row.product, kept)
    return change


def packed(row: BadRow) -> str:
    """As what a pull met is kept."""
    return pack.dumps({**note_of(row), "mark": None})


def named(context: SyncContext) -> int:
    """How many left-out rows of the pull under way have got their name."""
    count = 0
    for _, found in pulled.every_met(context.state):
        count += isinstance(found, Level) and found.doubt == WHY
        count += isinstance(found, Mapping) and found["why"] == WHY
    return count
