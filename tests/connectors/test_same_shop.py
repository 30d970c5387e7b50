"""One shop in two tables is refused by whatever loads the configuration: each order would count twice."""

import pytest

from bridge.config import parse
from bridge.errors import ConfigError
from connectors.address import place_of

ENVIRON = {"TOKEN": "3pl_1234567890", "KEY": "key-1234567890"}
HEAD = '[source]\ntoken = "${TOKEN}"\n'


def woo(name: str, url: str) -> str:
    keys = 'consumer_key = "${KEY}"\nconsumer_secret = "${KEY}"\n'
    return f'[stores.{name}]\nconnector = "woocommerce"\nurl = "{url}"\n{keys}'


def shopify(name: str, shop: str, more: str = "") -> str:
    return f'[stores.{name}]\nconnector = "shopify"\nshop = "{shop}"\naccess_token = "${{KEY}}"\n{more}'


def refused(*tables: str) -> list[str]:
    try:
        parse(HEAD + "".join(tables), ENVIRON)
    except ConfigError as fault:
        return list(fault.faults)
    return []


@pytest.mark.needs("woocommerce")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://shop.example.com", "https://shop.example.com"),
        ("https://shop.example.com", "https://SHOP.example.com/"),
        ("https://shop.example.com", "https://shop.example.com:443"),
        ("https://shop.example.com", "https://shop.example.com."),
        ("https://shop.example.com/eu", "https://shop.example.com//eu/"),
        ("https://büro.example", "https://xn--bro-hoa.example"),
        ("http://127.0.0.1:80", "https://127.0.0.1"),
    ],
)
def test_two_spellings_of_an_address_are_one_shop(one: str, other: str) -> None:
    assert refused(woo("main", one), woo("eu", other)) == [
        f"stores.eu: is the same shop as stores.main ({place_of(one)}); keep one table, or every order counts twice"
    ]


@pytest.mark.needs("woocommerce")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://shop.example.com/eu", "https://shop.example.com/us"),
        ("https://shop.example.com", "https://shop.example.com:8443"),
        ("https://shop.example.com", "https://www.shop.example.com"),
        ("https://shop.example.com/EU", "https://shop.example.com/eu"),
    ],
)
def test_what_may_be_another_shop_is_let_through(one: str, other: str) -> None:
    assert refused(woo("main", one), woo("eu", other)) == []


@pytest.mark.needs("shopify")
def test_a_shopify_domain_in_two_tables() -> None:
    assert refused(shopify("main", "acme.myshopify.com"), shopify("eu", " ACME.myshopify.com ")) == [
        "stores.eu: is the same shop as stores.main (acme.myshopify.com); keep one table, or every order counts twice"
    ]
    assert refused(shopify("main", "acme.myshopify.com"), shopify("eu", "acme-eu.myshopify.com")) == []


@pytest.mark.needs("shopify")
def test_it_is_told_beside_every_other_fault() -> None:
    told = refused(shopify("main", "acme.myshopify.com", "bufer = 1\n"), shopify("eu", "acme.myshopify.com"))
    assert [text.partition(":")[0] for text in told] == ["stores.eu", "stores.main.bufer"]


@pytest.mark.needs("shopify")
def test_every_table_that_repeats_it_is_named() -> None:
    tables = [shopify(name, "acme.myshopify.com") for name in ("main", "eu", "us")]
    assert [text.partition(":")[0] for text in refused(*tables)] == ["stores.eu", "stores.us"]
