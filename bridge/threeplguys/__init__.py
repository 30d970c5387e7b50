"""3PLGuys, the source: the only truth about physical units. Read only. The client, which needs an HTTP library, is
imported from its module by whoever opens one."""

from bridge.threeplguys.cartons import Carton
from bridge.threeplguys.in_turn import PullInTurn
from bridge.threeplguys.marks import Mark, mark
from bridge.threeplguys.page import Breakdown, Page, Tries
from bridge.threeplguys.paging import MAX_ROWS, ListLostError, Pull, Walked
from bridge.threeplguys.parse import BadRow, Product, parse_level, parse_product

__all__ = [
    "MAX_ROWS",
    "BadRow",
    "Breakdown",
    "Carton",
    "ListLostError",
    "Mark",
    "Page",
    "Product",
    "Pull",
    "PullInTurn",
    "Tries",
    "Walked",
    "mark",
    "parse_level",
    "parse_product",
]
