"""What a person writes under [inbound] and [web]: every fault at once, each with its key and a hint."""

from pathlib import Path
from typing import Any

import pytest

from bridge.cli.web import where
from bridge.config import Settings, parse
from bridge.errors import ConfigError

TILL = '[inbound.shelf]\ntoken = "a-token-of-the-till"\nstores = { "3" = "shelf-3" }\nitems = "items.csv"\n'


@pytest.fixture
def read(till: Any) -> Any:
    """Settings of some tables beside the others; the items file lies beside the configuration."""
    folder, harness = till.items.parent, till.harness
    harness.settings = ""

    def parsed(text: str) -> Settings:
        return parse(harness.text + text, {}, str(folder / "stockbridge.toml"))

    return parsed


def test_a_till(read: Any, tmp_path: Path) -> None:
    settings = read(TILL)
    found = settings.inbound["shelf"]
    assert (found.items, found.stores) == (str(tmp_path / "items.csv"), {"3": "shelf-3"})
    assert (settings.shelves.keys(), found.silent_after.total_seconds()) == ({"shelf-3"}, 86_400)
    assert "a-token-of-the-till" in settings.secrets()
    assert "a-token-of-the-till" not in repr(settings)


FAULTS = [
    ('token = "a-token-of-the-till"\n', "", "inbound.shelf.token: is missing"),
    ("a-token-of-the-till", "short", "inbound.shelf.token: can be guessed; write 16 characters or more"),
    ('{ "3" = "shelf-3" }', "{}", "inbound.shelf.stores: is empty"),
    ('"3" =', '" 3" =', "inbound.shelf.stores: has a store code that is empty or has blanks around it"),
    ('"shelf-3"', "3", 'inbound.shelf.stores: has a warehouse for store code "3" that is no text'),
    ('"items.csv"', '"none.csv"', "none.csv; write it, or name another one"),
    ("items =", "itmes =", 'inbound.shelf.itmes: is not a known key; did you mean "items"?'),
    ("[inbound.shelf]", "[inbound.Shelf]", "inbound.Shelf: is no name for a till"),
    ("items =", 'silent_after = "1s"\nitems =', 'inbound.shelf.silent_after: is too short; write "1m" or more'),
]


@pytest.mark.parametrize(("right", "wrong", "said"), FAULTS, ids=[said for *_, said in FAULTS])
def test_a_fault_is_named_with_its_key(read: Any, right: str, wrong: str, said: str) -> None:
    with pytest.raises(ConfigError) as fault:
        read(TILL.replace(right, wrong))
    assert said in str(fault.value)


def test_a_line_of_the_items_file_is_named(read: Any, tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("sku,upc\nA,1\nB\n")
    with pytest.raises(ConfigError, match=r"inbound\.shelf\.items: .*line 3: has 1 cells where the header has 2"):
        read(TILL)


def test_two_tills_share_neither_token_nor_shelf(read: Any) -> None:
    with pytest.raises(ConfigError) as fault:
        read(TILL + TILL.replace("shelf]", "other]"))
    assert "inbound.other.token: is that of inbound.shelf too" in str(fault.value)
    assert 'inbound.other.stores: names the warehouse "shelf-3", which inbound.shelf reports' in str(fault.value)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('bind = "0.0.0.0:80"', 'web: bind = "0.0.0.0:80" can be reached from outside; add password'),
        ('bind = "[::]:80"', "can be reached from outside"),
        ('bind = "shop.example.com:80"', "can be reached from outside"),
        ('public_url = "http://stock.example.com"', "web.public_url: is plain http, to which no shop delivers"),
        ('public_url = "https://u:p@stock.example.com"', "web.public_url: holds more than an address"),
        ('public_url = "stock.example.com"', "web.public_url: is not an address"),
        ('bind = "8321"', "web.bind: is not where one can listen"),
        ('bind = "127.0.0.1:99999"', "web.bind: is not where one can listen"),
        ("prot = 1", "web.prot: is not a known key"),
        ('token = "short"', "web.token: can be guessed; write 16 characters or more"),
    ],
)
def test_a_fault_of_the_address(read: Any, lines: str, said: str) -> None:
    with pytest.raises(ConfigError) as fault:
        read(f"[web]\n{lines}\n")
    assert said in str(fault.value)


@pytest.mark.parametrize(
    ("lines", "port", "at"),
    [
        ("", "", ("127.0.0.1", 8321)),
        ('bind = "[::1]:9000"', "", ("::1", 9000)),
        ('bind = "127.0.0.1:9000"', "5000", ("127.0.0.1", 9000)),  # what a person wrote goes before
        ("", "5000", None),
        ('password = "of-the-page"', "5000", ("0.0.0.0", 5000)),
        ('token = "of-a-program-that-looks"', "5000", ("0.0.0.0", 5000)),
        ('bind = "0.0.0.0:80"\ntoken = "of-a-program-that-looks"', "", ("0.0.0.0", 80)),
    ],
)
def test_where_it_listens(read: Any, lines: str, port: str, at: Any) -> None:
    if at is None:
        with pytest.raises(ConfigError, match="can be reached from outside"):
            where(read(""), port)
    else:
        assert where(read(f"[web]\n{lines}\n"), port) == at


@pytest.mark.parametrize("port", ["x", "99999", "-1"])
def test_a_port_that_is_none(read: Any, port: str) -> None:
    with pytest.raises(ConfigError, match="PORT: is no port"):
        where(read('[web]\npassword = "of-the-page"\n'), port)
