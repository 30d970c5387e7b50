"""The parts of an answer that never change here, in the order in which 10.5.0 sends them."""

from typing import Any

Body = dict[str, Any]

NO_SALE: Body = {
    "date_on_sale_from": None,
    "date_on_sale_from_gmt": None,
    "date_on_sale_to": None,
    "date_on_sale_to_gmt": None,
    "on_sale": False,
}
LOOKS: Body = {"featured": False, "catalog_visibility": "visible", "description": "", "short_description": ""}
DOWNLOADS: Body = {"downloads": [], "download_limit": -1, "download_expiry": -1}
TAX: Body = {"tax_status": "taxable", "tax_class": ""}
KIND: Body = {"virtual": False, "downloadable": False, **DOWNLOADS, "external_url": "", "button_text": "", **TAX}
SIZE: Body = {"weight": "", "dimensions": {"length": "", "width": "", "height": ""}}
SHIPPING: Body = {"shipping_required": True, "shipping_taxable": True, "shipping_class": "", "shipping_class_id": 0}
PICTURES: Body = {"brands": [], "tags": [], "images": []}
CHILD_KIND: Body = {"purchasable": True, "virtual": False, "downloadable": False, **DOWNLOADS}
CHILD_SIZE: Body = {**SIZE, "shipping_class": "", "shipping_class_id": 0, "image": None}

FREE: Body = {
    "discount_total": "0.00",
    "discount_tax": "0.00",
    "shipping_total": "0.00",
    "shipping_tax": "0.00",
    "cart_tax": "0.00",
}
ADDRESS: Body = dict.fromkeys(
    ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country"), ""
)
PAYMENT: Body = {
    "payment_method": "",
    "payment_method_title": "",
    "transaction_id": "",
    "customer_ip_address": "",
    "customer_user_agent": "",
}
OTHER_LINES: Body = {"tax_lines": [], "shipping_lines": [], "fee_lines": [], "coupon_lines": []}
OTHER_REFUNDS: Body = {"shipping_lines": [], "tax_lines": [], "fee_lines": []}
