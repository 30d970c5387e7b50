"""The table of a till in the configuration, and the merchant's items file."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from connectors.items import COLUMNS, check_digit

SHARE = 0.2
"""Of seeds, that have one."""

NAME, CODE, SHELF = "counter", "3", "shelf"
SILENT = 600.0
REPORTS = 300.0
"""Seconds after which a till that works reports something, whether it moved or not."""


@cache
def _folder() -> TemporaryDirectory[str]:
    """Of the items file of this process, with which it goes."""
    return TemporaryDirectory(prefix="stockbridge-items-")


def section() -> str:
    """Its table of the configuration, with an items file of which nothing is listed yet."""
    write_items(())
    lines = ('token = "a-token-of-the-till"', f'stores = {{ "{CODE}" = "{SHELF}" }}', f'items = "{_file()}"')
    return "\n".join((f"[inbound.{NAME}]", *lines, f'silent_after = "{SILENT / 60:.0f}m"', ""))


def _file() -> Path:
    return Path(_folder().name, "items.csv")


def write_items(skus: Iterable[str]) -> None:
    rows = (f"{sku},{upc_of(sku)},,," for sku in sorted(skus))
    _file().write_text("\n".join((",".join(COLUMNS), *rows, "")), "utf-8")


def upc_of(sku: str) -> str:
    digits = f"85{ord(sku):09d}"
    return digits + check_digit(digits)


def has_till(seed: int) -> bool:
    return Random(f"{seed} till").random() < SHARE
