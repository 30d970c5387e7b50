"""A catalogue that could be a real one: what the sandboxes of all platforms put on sale."""

from dataclasses import dataclass, field

GOODS = ("Hoodie", "T-Shirt", "Mug", "Beanie", "Tote Bag", "Notebook", "Candle", "Water Bottle", "Poster", "Socks")
COLOURS = ("Black", "White", "Sand", "Olive", "Navy", "Rust", "Grey", "Teal")
SIZES = ("XS", "S", "M", "L", "XL")
UNITS = (0, 1, 3, 12, 40, 250)


@dataclass(slots=True)
class Seeded:
    """skus: every distinct non-empty SKU in the order of creation. writable: of those, what the bridge may set and
    exactly one listing has; drafts are among them. The rest names the odd ones."""

    skus: list[str] = field(default_factory=list)
    writable: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    without_sku: int = 0
