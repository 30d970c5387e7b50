"""A believable catalogue, the same for the same seed: most products have a UPC, the others style, size and width."""

from connectors.inventory_api.sandbox.world import Product, Shop
from connectors.items import check_digit
from connectors.testing.catalogue import CYCLE, ELSEWHERE, Generator, odd_sku

WIDTHS = ("", "D", "2E")


def named(sku: str, number: int) -> Product:
    """A product that is called by a UPC, or every third by style, size and width."""
    if number % 3 == 2:
        return Product(sku, style=f"STYLE {number:06d}", size=f"{6 + number % 8:02d}.5", width=WIDTHS[number % 9 // 3])
    digits = str(85_000_000_000 + number)
    return Product(sku, upc=digits + check_digit(digits))


def seed_catalogue(shop: Shop, count: int, *, seed: int = 0) -> None:
    """So many products, each in every store."""
    generator, first = Generator(seed), len(shop.products)
    for number in range(first, first + count):
        sku = generator.article(number).sku
        product = named(odd_sku(sku, number) if number % CYCLE == 31 else sku, number)
        units = [generator.units(), *(generator.units(ELSEWHERE) for _ in range(len(shop.stores) - 1))]
        shop.add(product, dict(zip(shop.stores, units, strict=True)))
