"""A catalogue as a WooCommerce shop arranges it."""

from bridge.demo.catalogue import half, make
from connectors.woocommerce.sandbox.arrangement import arrange


def test_half_a_catalogue_has_every_kind_of_product() -> None:
    made = half(make(60))
    wares = list(arrange(made))
    sold = [x.sku for ware in wares for x in (ware.offer, *ware.sizes)]
    assert any(x.sizes for x in wares)
    assert any(x.options for x in wares)
    assert any(not x.offer.tracked and x.offer.sku for x in wares)
    assert {*made.sets, *made.renamed} <= set(sold)
    assert any(sku and sold.count(sku) == 2 for sku in sold)
