"""The catalogue of the sandbox is that of the one generator."""

from bridge.demo.catalogue import make
from connectors.woocommerce.sandbox import Shop, seed_catalogue


def test_the_demo_sells_the_articles_of_the_sandbox() -> None:
    (sku,) = seed_catalogue(Shop(), 1, seed=5).skus
    assert make(1, seed=5).goods[0].sku.startswith(f"{sku}-")
