"""How the API shows products and variations. The keys and their order are those of recorded answers of 10.5.0."""

from datetime import datetime
from typing import Any

from connectors.woocommerce.sandbox import shapes
from connectors.woocommerce.sandbox.goods import Product, money
from connectors.woocommerce.sandbox.http import PhpFatalError
from connectors.woocommerce.sandbox.orders import Shop

Body = dict[str, Any]
ALL = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def local(shop: Shop, moment: datetime | None) -> str | None:
    return (moment + shop.utc_offset).strftime("%Y-%m-%dT%H:%M:%S") if moment else None


def gmt(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%S") if moment else None


def dates(shop: Shop, thing: Product) -> Body:
    return {
        "date_created": local(shop, thing.created),
        "date_created_gmt": gmt(thing.created),
        "date_modified": local(shop, thing.modified),
        "date_modified_gmt": gmt(thing.modified),
    }


def links(shop: Shop, path: str, collection: str, up: str = "", allow: list[str] | None = None) -> Body:
    base = f"{shop.url}/wp-json/wc/v3/"
    found: Body = {
        "self": [{"href": base + path, "targetHints": {"allow": allow or ALL}}],
        "collection": [{"href": base + collection}],
    }
    return found | ({"up": [{"href": base + up}]} if up else {})


def stock(shop: Shop, product: Product) -> Body:
    holder = shop.holder(product)
    managed, units = shop.managing(product), shop.quantity(product)
    allowed = holder.backorders != "no"
    return {
        "manage_stock": managed,
        "stock_quantity": units,
        "backorders": holder.backorders,
        "backorders_allowed": allowed,
        "backordered": bool(managed) and allowed and (units or 0) < 1,
        "low_stock_amount": None,
    }


def price(product: Product) -> Body:
    text = money(product.price)
    return {"price": text, "regular_price": "" if product.type == "variable" else text, "sale_price": ""}


def product_body(shop: Shop, product: Product, *, edit: bool = False) -> Body:
    """edit: as the answer to a write shows it."""
    if product.breaks:
        raise PhpFatalError
    template = {"permalink_template": f"{shop.url}/product/%pagename%/", "generated_slug": product.slug}
    return {
        "id": product.id,
        "name": product.name,
        "slug": product.slug,
        "permalink": f"{shop.url}/product/{product.slug}/",
        **dates(shop, product),
        "type": product.type,
        "status": product.status,
        **shapes.LOOKS,
        "sku": product.sku,
        **price(product),
        **shapes.NO_SALE,
        "purchasable": True,
        "total_sales": product.total_sales,
        **shapes.KIND,
        **stock(shop, product),
        "sold_individually": False,
        **shapes.SIZE,
        **shapes.SHIPPING,
        "reviews_allowed": True,
        "average_rating": "0" if edit else "0.00",
        "rating_count": 0,
        "upsell_ids": [],
        "cross_sell_ids": [],
        **_relations(shop, product),
        "stock_status": shop.stock_status(product),
        "has_options": product.type == "variable",
        "post_password": "",
        "global_unique_id": "",
        **(template if edit else {}),
        "_links": links(shop, f"products/{product.id}", "products"),
    }


def _relations(shop: Shop, product: Product) -> Body:
    categories = [
        {"id": id_, "name": shop.categories[id_], "slug": shop.categories[id_].lower().replace(" ", "-")}
        for id_ in product.categories
    ]
    related = [each.id for id_ in product.categories for each in shop.in_category(id_) if each is not product]
    name = product.children[0].attribute if product.children else ""
    head = {"id": 0, "name": name, "slug": name, "position": 0, "visible": True, "variation": True}
    sign = '<span class="woocommerce-Price-currencySymbol">&euro;</span>'
    return {
        "parent_id": product.parent_id,
        "purchase_note": "",
        "categories": categories,
        **shapes.PICTURES,
        "attributes": [{**head, "options": [child.option for child in product.children]}] if product.children else [],
        "default_attributes": [],
        "variations": [child.id for child in product.children],
        "grouped_products": [],
        "menu_order": 0,
        "price_html": f'<span class="woocommerce-Price-amount amount"><bdi>{sign}{money(product.price)}</bdi></span>',
        "related_ids": related[:5],
        "meta_data": [],
    }


def variation_body(shop: Shop, product: Product, *, edit: bool = False) -> Body:
    if product.breaks:
        raise PhpFatalError
    parent = product.parent or product
    units = stock(shop, product)
    managed = {name: units.pop(name) for name in ("manage_stock", "stock_quantity")}
    attribute = product.attribute.lower()
    path = f"products/{parent.id}/variations"
    return {
        "id": product.id,
        "type": "variation",
        **dates(shop, product),
        "description": "",
        "permalink": f"{shop.url}/product/{parent.slug}/?attribute_{attribute}={product.option}",
        "sku": product.sku,
        "global_unique_id": "",
        **price(product),
        **shapes.NO_SALE,
        "status": product.status,
        **shapes.CHILD_KIND,
        **shapes.TAX,
        **({"tax_class": "parent"} if edit else {}),
        **managed,
        "stock_status": shop.stock_status(product),
        **units,
        **shapes.CHILD_SIZE,
        "attributes": [{"id": 0, "name": product.attribute, "slug": attribute, "option": product.option}],
        "menu_order": 0,
        "meta_data": [],
        "name": product.option,
        "parent_id": parent.id,
        "_links": links(shop, f"{path}/{product.id}", path, f"products/{parent.id}"),
    }
