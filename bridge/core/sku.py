"""When two SKUs are the same."""

import unicodedata
from typing import Literal

Match = Literal["exact", "loose"]


def lookalikes(sku: str) -> tuple[str, ...]:
    """Other spellings that a person may have meant by it: without outer blanks, in capitals, in small letters."""
    plain = unicodedata.normalize("NFKC", sku).strip()
    return tuple(
        normalized
        for normalized in dict.fromkeys((plain, plain.upper(), plain.lower()))
        if normalized and normalized != sku
    )


def normalized_sku(sku: str, match: Match) -> str:
    """The form in which two SKUs are compared: as it stands, or trimmed, NFKC and case-folded."""
    if match == "exact":
        return sku
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", sku).strip().casefold())
