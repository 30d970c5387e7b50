"""3PLGuys, the source: the only truth about physical units. Read only."""

from bridge.threeplguys.answers import RateStatus
from bridge.threeplguys.client import SourceClient
from bridge.threeplguys.paging import Page, Pull
from bridge.threeplguys.parse import BadRow, Product, parse_level, parse_product

__all__ = ["BadRow", "Page", "Product", "Pull", "RateStatus", "SourceClient", "parse_level", "parse_product"]
