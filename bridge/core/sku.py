"""When two SKUs are the same, and the names under which carton types stand among them."""

import unicodedata
from typing import Literal

Match = Literal["exact", "loose"]

_CARTON = "\x00carton "
"""Before the id of a carton type. No product is called so: the border refuses such an id or SKU as unreadable."""


def carton_sku(carton: str) -> str:
    """Under which id and SKU a carton type stands among the levels, pools and ledgers; carton: its id at the source."""
    return _CARTON + carton


def carton_of(sku: str) -> str | None:
    """The id of the carton type that a source SKU, or the id of a level, stands for; None: it is a product's."""
    return sku.removeprefix(_CARTON) if sku.startswith(_CARTON) else None


def called_sku(sku: str) -> str:
    """A source SKU for people."""
    carton = carton_of(sku)
    return sku if carton is None else f"carton type {carton}"


def lookalikes(sku: str) -> tuple[str, ...]:
    """Other spellings that a person may have meant by it: without outer blanks, in capitals, in small letters."""
    plain = unicodedata.normalize("NFKC", sku).strip()
    return tuple(
        normalized
        for normalized in dict.fromkeys((plain, plain.upper(), plain.lower()))
        if normalized and normalized != sku
    )


def normalized_sku(sku: str, match: Match) -> str:
    """The form in which two SKUs are compared: as it stands, or trimmed, NFKC and case-folded. The ids of carton types
    are opaque."""
    if match == "exact" or carton_of(sku) is not None:
        return sku
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", sku).strip().casefold())


def fold(sku: str) -> str:
    """A SKU without what people mistype: case, blanks, punctuation."""
    return "".join(c for c in normalized_sku(sku, "loose") if c.isalnum())
