"""When two SKUs are the same."""

import unicodedata
from typing import Literal

Match = Literal["exact", "loose"]


def key(sku: str, match: Match) -> str:
    """The form in which two SKUs are compared: as it stands, or trimmed, NFKC and case-folded."""
    if match == "exact":
        return sku
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", sku).strip().casefold())
