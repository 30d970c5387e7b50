"""Pages of the catalogue: products, cartons, their histories, the warehouses."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from bridge.threeplguys.answers import decoded, failure, refusal, unreadable
from bridge.threeplguys.edge import Edge
from bridge.threeplguys.page import Page
from bridge.threeplguys.paging import MAX_ROWS, SMALLEST
from connectors.http import date_of

RowT = TypeVar("RowT")


def read_page(
    edge: Edge, path: str, query: Mapping[str, str], thing: str = "", decode: Callable[[bytes], object] = decoded
) -> Page:
    """Raw rows of one page of a list. thing: what it is a list of, where that may be unknown. decode: what a body says.
    Raises SourceError."""
    answer = edge.ask("GET", path, query)
    if answer.status != 200:
        raise (refusal(answer, thing) if thing else None) or failure(answer)
    rows = decode(answer.body)
    if not isinstance(rows, list):
        raise unreadable(answer)
    return Page(rows, date=date_of(answer.headers), took=answer.took)


def every_row(fetch: Callable[[int], Page], parse: Callable[[object], RowT]) -> Iterator[RowT]:
    """All rows of a list to which rows are only added at its end, so that no seams are needed, as in a Pull.

    fetch: skip → page.
    The end is an empty page, or one shorter than another; of a first page that is short only when no maximum of the
    API explains it.
    """
    skip, most = 0, SMALLEST
    while skip < MAX_ROWS:
        rows = fetch(skip).rows
        yield from map(parse, rows)
        skip, ended = skip + len(rows), len(rows) < most
        most = max(most, len(rows))
        if ended or not rows:
            return
