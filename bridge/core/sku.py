"""When two SKUs are the same."""

import unicodedata
from typing import Literal

Match = Literal["exact", "loose"]


def lookalikes(sku: str) -> tuple[str, ...]:
    """Other spellings that a person may have meant by it: without outer blanks, in capitals, in small letters."""
    plain = unicodedata.normalize("NFKC", sku).strip()
    return tuple(form for form in dict.fromkeys((plain, plain.upper(), plain.lower())) if form and form != sku)


def key(sku: str, match: Match) -> str:
    """The form in which two SKUs are compared: as it stands, or trimmed, NFKC and case-folded."""
    if match == "exact":
        return sku
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", sku).strip().casefold())
