"""Asks 3PLGuys for the shipments that are on their way, with a token of the scope `shipments`."""

from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import quote

from bridge.errors import OperatorSourceError
from bridge.threeplguys.answers import decoded, failure, unreadable
from bridge.threeplguys.edge import Edge
from bridge.threeplguys.lists import every_row, read_page
from bridge.threeplguys.page import Page
from bridge.threeplguys.paging import TAKE
from bridge.threeplguys.parse import BadRow
from bridge.threeplguys.shipments import KINDS, ON_THE_WAY, Arrival, parse_arrival
from connectors.base import Sender
from connectors.values import replace

NEEDS_SCOPE = (
    "The warehouse API accepts the token but not for shipments (403): its key needs the scope `shipments`; add it,"
    " or to an OAuth grant with `stockbridge login --scope shipments`. Stock is read all the same."
)


def arrivals(edge: Edge, send: Sender) -> list[Arrival | BadRow]:
    """Every shipment on its way, the oldest first. What a list does not say of contents its own page is asked for.
    Raises SourceError, with the scope that is missing."""
    found: dict[str, Arrival] = {}
    bad = list[Arrival | BadRow]()
    try:
        for row in _listed(edge, send):
            if isinstance(row, BadRow):
                bad.append(row)
            elif row.kind in KINDS and row.status in ON_THE_WAY:  # whatever filter was not heeded
                known = found.get(row.shipment)
                found[row.shipment] = row if known is None or _stamp(row) >= _stamp(known) else known
        told = [x if x.parts is not None else send(partial(_detailed, edge, x)) for x in found.values()]
    except OperatorSourceError as fault:
        if fault.status != "403":
            raise
        scope = OperatorSourceError(NEEDS_SCOPE)
        scope.status = fault.status
        raise scope from fault
    return [*sorted((x for x in told if x is not None), key=lambda x: (x.created_at is None, _stamp(x))), *bad]


def _stamp(x: Arrival) -> float:
    at = x.updated_at or x.created_at
    return at.timestamp() if at else 0.0


def _listed(edge: Edge, send: Sender) -> Iterator[Arrival | BadRow]:
    for kind in KINDS:
        for status in ON_THE_WAY:
            yield from every_row(partial(_page, edge, send, {"type": kind, "status": status}), parse_arrival)


def _page(edge: Edge, send: Sender, query: Mapping[str, str], skip: int) -> Page:
    return send(partial(read_page, edge, "shipments", {**query, "skip": str(skip), "take": str(TAKE)}))


def _detailed(edge: Edge, known: Arrival) -> Arrival | None:
    """The shipment as its own page has it; None when it ended meanwhile."""
    answer = edge.ask("GET", f"shipments/{quote(known.shipment, safe='')}")
    if answer.status == 404 and answer.sentence:
        return None
    if answer.status != 200:
        raise failure(answer)
    raw = decoded(answer.body)
    if not isinstance(raw, dict):
        raise unreadable(answer)
    found = parse_arrival(raw)
    if isinstance(found, BadRow):
        return known
    return replace(known, status=found.status, parts=found.parts) if found.status in ON_THE_WAY else None
