"""What a person or a till gets wrong, and the one sentence that says so: items files and reports, in one table each.

An items file is the merchant's, of a shop that stock is sent to and of a till that reports a shelf alike.
"""

from typing import Any, NamedTuple

HEAD = "sku,upc,style,size,width\n"
GOOD = f"{HEAD}A,849632048260,,,\nB,,ZOOT-SUIT,34,D\n"
BY_UPC = {"upc": "849632048260", "store": "3", "quantity": 12}
BY_STYLE = {"sku": "ZOOT-SUIT", "size": "34", "width": "D", "store": "3", "quantity": 44}


class BadFile(NamedTuple):
    """said: how its one sentence begins, after the path."""

    name: str
    content: str | bytes
    said: str

    @property
    def body(self) -> bytes:
        return self.content.encode() if isinstance(self.content, str) else self.content


class BadReport(NamedTuple):
    """body: JSON, or bytes as they are sent."""

    name: str
    body: Any
    said: str
    status: int = 400


BAD_FILES = [
    BadFile(*row)
    for row in (
        ("nothing in it", "", "line 1: is no header"),
        ("no header", "A,849632048260,,,\n", "line 1: is no header"),
        ("semicolons", "sku;upc;style;size;width\nA;1;;;\n", "line 1: is not separated by commas"),
        ("tabs", "sku\tupc\nA\t1\n", "line 1: is not separated by commas"),
        ("bars", "sku|upc\nA|1\n", "line 1: is not separated by commas"),
        ("a column too many", "sku,upc,colour\nA,1,red\n", 'line 1: has the unknown column "colour"'),
        ("a column misspelt", "sku,ucp\nA,1\n", 'line 1: has the unknown column "ucp"'),
        ("a column without a name", "sku,upc,\nA,1,\n", 'line 1: has the unknown column ""'),
        ("a column twice", "sku,upc,upc\nA,1,2\n", "line 1: names a column twice"),
        ("no sku", "upc,style\n1,2\n", "line 1: is no header"),
        ("only skus", "sku\nA\n", "line 1: has no column that names a product"),
        ("no width in the header", "sku,style,size\nA,B,1\n", "line 1: has no column that names a product"),
        ("no size in the header", "sku,style,width\nA,B,1\n", "line 1: has no column that names a product"),
        ("a web page", "<!doctype html><html></html>", "line 1: is no header"),
        ("JSON", '[{"sku": "A", "upc": "1"}]', "line 1: "),
        ("Latin-1", f"{HEAD}Größe,1,,,\n".encode("latin-1"), "line 2: is not UTF-8 text; save the file as CSV UTF-8"),
        ("UTF-16", GOOD.encode("utf-16"), "line 1: is not UTF-8 text"),
        ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00", "line 1: is not UTF-8 text"),
        ("too few cells", f"{HEAD}A,849632048260\n", "line 2: has 2 cells where the header has 5"),
        ("too many cells", f"{HEAD}A,849632048260,,,,\n", "line 2: has 6 cells where the header has 5"),
        ("a comma in a cell", f"{HEAD}A,,Zoot, Suit,34,D\n", "line 2: has 6 cells where the header has 5; quote"),
        ("no cell but one", f"{HEAD}A\n", "line 2: has 1 cells"),
        ("no SKU", f"{HEAD},849632048260,,,\n", "line 2: has no sku"),
        ("a blank SKU", f"{HEAD}  ,849632048260,,,\n", "line 2: the sku has blanks around it"),
        ("nothing of the shop", f"{HEAD}A,,,,\n", "line 2: names no product of the shop"),
        ("a style alone", f"{HEAD}A,,B,,\n", "line 2: has no size and no width"),
        ("a size alone", f"{HEAD}A,,,34,\n", "line 2: has no style and no width"),
        ("a width alone", f"{HEAD}A,,,,D\n", "line 2: has no style and no size"),
        ("no style", f"{HEAD}A,,,34,D\n", "line 2: has no style, which a product without upc needs; write it"),
        ("no size", f"{HEAD}A,,B,,D\n", "line 2: has no size, which"),
        (
            "no width",
            f"{HEAD}A,,B,34,\n",
            "line 2: has no width, which a product without upc needs; write - where there",
        ),
        ("blanks before a SKU", f"{HEAD} A,849632048260,,,\n", "line 2: the sku has blanks around it; take them away"),
        ("blanks behind a UPC", f"{HEAD}A,849632048260 ,,,\n", "line 2: the upc has blanks around it"),
        ("a blank UPC", f"{HEAD}A, ,B,34,D\n", "line 2: the upc has blanks around it"),
        ("blanks around a style", f"{HEAD}A,, B,34,D\n", "line 2: the style has blanks around it"),
        ("blanks around a size", f"{HEAD}A,,B, 34,D\n", "line 2: the size has blanks around it"),
        ("blanks around a width", f"{HEAD}A,,B,34,D \n", "line 2: the width has blanks around it"),
        ("a tab in a cell", f"{HEAD}A\tB,849632048260,,,\n", "line 2: the sku holds a character that cannot be seen"),
        ("a line break in a cell", f'{HEAD}"A\nB",849632048260,,,\n', "line 2: the sku holds a character"),
        ("NUL", f"{HEAD}A,84963\x002048269,,,\n", "line 2: "),
        ("a joiner of no width", f"{HEAD}A,,B\u200b,34,D\n", "line 2: the style holds a character that cannot be seen"),
        ("a blank that does not break", f"{HEAD}A,,B\u00a0,34,D\n", "line 2: the style "),
        ("a byte order mark in the middle", f"{HEAD}\ufeffA,849632048260,,,\n", "line 2: the sku holds a character"),
        (
            "a number of a spreadsheet",
            f"{HEAD}A,8.49632E+11,,,\n",
            "line 2: the upc was made a number by a spreadsheet",
        ),
        ("a short one", f"{HEAD}A,8e11,,,\n", "line 2: the upc was made a number by a spreadsheet"),
        ("a long cell", f"{HEAD}{'A' * 201},849632048260,,,\n", "line 2: the sku is longer than 200 characters"),
        ("a UPC twice", f"{HEAD}A,849632048260,,,\nB,849632048260,,,\n", "line 3: UPC 849632048260 stands in line 2"),
        ("a line twice", f"{HEAD}A,849632048260,,,\nA,849632048260,,,\n", "line 3: UPC 849632048260 stands in line 2"),
        ("a size twice", f"{HEAD}A,,B,34,D\nC,,B,34,D\n", "line 3: B, size 34, width D stands in line 2 already"),
        ("a quote left open", f'{HEAD}"A,849632048260,,,\nB,1,,,\n', "line 2: its quotes do not match"),
        ("a quote left open later", f'{GOOD}"C,1,,,\n', "line 4: its quotes do not match"),
        ("text behind a quote", f'{HEAD}"A"x,849632048260,,,\n', "line 2: its quotes do not match"),
        ("an inch", f'{HEAD}A,,"34" waist",34,D\n', "line 2: its quotes do not match"),
        ("a byte order mark alone", "\ufeff", "line 1: is no header"),
        ("a title above the header", f"Items of 2026\n{GOOD}", "line 1: is no header"),
        ("what a spreadsheet writes above the header", f"sep=,\n{GOOD}", "line 1: is no header"),
        ("a header in another language", "Artikel,EAN\nA,849632048260\n", "line 1: is no header"),
        ("UTF-16 without its mark", GOOD.encode("utf-16-le"), "line 1: is no header"),
        ("a workbook", b"PK\x03\x04\x14\x00\x06\x00", "line 1: is no header"),
        ("a gzip file", b"\x1f\x8b\x08\x00", "line 1: is not UTF-8 text"),
        ("a letter of Windows", f"{GOOD}C,,Café,34,D\n".encode("cp1252"), "line 4: is not UTF-8 text"),
        ("a fault below empty lines", f"{GOOD}\n\n,849632048277,,,\n", "line 6: has no sku"),
        ("a fault behind Windows' line ends", f"{GOOD}C,,,,\n".replace("\n", "\r\n"), "line 4: names no product"),
        ("a cell without end", f"{HEAD}{'A' * 200_000},849632048260,,,\n", "line 2: has a cell that is far too long"),
    )
]
"""Files that are refused as a whole."""


EXAMPLES = (("by UPC", BY_UPC, ("store", "quantity")), ("by style", BY_STYLE, tuple(BY_STYLE)))
MISSING = [
    BadReport(f"{how}, {what} {name}", {**body, **given}, f"Missing required field: {name}")
    for how, example, names in EXAMPLES
    for name in names
    for body in [{key: value for key, value in example.items() if key != name}]
    for what, given in (("without", {}), ("null as", {name: None}))
]
NO_JSON, TOO_LARGE = "The body must be a JSON object", "The body must have at most 65536 bytes"
NO_NUMBER = "Field quantity must be a number"
BAD_REPORTS = [
    *MISSING,
    *(
        BadReport(*row)
        for row in (
            ("names no product", {"store": "3", "quantity": 1}, "Missing required field: sku"),
            ("an empty object", {}, "Missing required field: sku"),
            ("an empty UPC", {**BY_UPC, "upc": ""}, "Missing required field: sku"),
            ("a UPC that is a number", {**BY_UPC, "upc": 849632048260}, "Field upc must be a string"),
            ("a UPC that is a list", {**BY_UPC, "upc": ["849632048260"]}, "Field upc must be a string"),
            ("a UPC that is false", {**BY_UPC, "upc": False}, "Field upc must be a string"),
            ("a long UPC", {**BY_UPC, "upc": "8" * 201}, "Field upc must have at most 200 characters"),
            ("an empty style", {**BY_STYLE, "sku": ""}, "Missing required field: sku"),
            ("a style that is a number", {**BY_STYLE, "sku": 12}, "Field sku must be a string"),
            ("a long style", {**BY_STYLE, "sku": "Z" * 201}, "Field sku must have at most 200 characters"),
            ("an empty size", {**BY_STYLE, "size": ""}, "Missing required field: size"),
            ("a size that is a number", {**BY_STYLE, "size": 34}, "Field size must be a string"),
            ("a width that is an object", {**BY_STYLE, "width": {}}, "Field width must be a string"),
            ("a long width", {**BY_STYLE, "width": "D" * 201}, "Field width must have at most 200 characters"),
            ("a store that is a number", {**BY_UPC, "store": 3}, "Field store must be a string"),
            ("an empty store", {**BY_UPC, "store": ""}, "Missing required field: store"),
            ("a store nobody configured", {**BY_UPC, "store": "03"}, "Unknown store: 03; this server knows 3"),
            ("a store with a blank", {**BY_UPC, "store": "3 "}, "Unknown store: 3 ; this server knows 3"),
            ("a long store", {**BY_UPC, "store": "3" * 201}, "Field store must have at most 200 characters"),
            ("a quantity that is text", {**BY_UPC, "quantity": "12"}, NO_NUMBER),
            ("an empty quantity", {**BY_UPC, "quantity": ""}, NO_NUMBER),
            ("a quantity that is true", {**BY_UPC, "quantity": True}, NO_NUMBER),
            ("a quantity that is a list", {**BY_UPC, "quantity": [12]}, NO_NUMBER),
            ("a quantity that is an object", {**BY_UPC, "quantity": {"on_hand": 12}}, NO_NUMBER),
            ("a quantity too large", {**BY_UPC, "quantity": 10**12}, "Field quantity must be at most 1000000000"),
            ("a list of reports", [BY_UPC], NO_JSON),
            ("JSON that is text", "849632048260", NO_JSON),
            ("JSON that is a number", 12, NO_JSON),
            ("JSON that is null", b"null", NO_JSON),
            ("nothing", b"", NO_JSON),
            ("half an object", b'{"upc": "849632048260", "sto', NO_JSON),
            ("two objects", b"{}{}", NO_JSON),
            ("single quotes", b"{'store': '3'}", NO_JSON),
            ("a comma too many", b'{"store": "3",}', NO_JSON),
            ("NaN", b'{"upc": "1", "store": "3", "quantity": NaN}', NO_JSON),
            ("half a letter", b'{"upc": "\\ud800", "store": "3", "quantity": 1}', NO_JSON),
            ("no UTF-8", b"\xff\xfe", NO_JSON),
            ("a form", b"upc=849632048260&store=3&quantity=12", NO_JSON),
            ("XML", b"<inventory><upc>849632048260</upc></inventory>", NO_JSON),
            ("brackets without end", b"[" * 5000, NO_JSON),
            ("a body that is too large", b" " * 70_000, TOO_LARGE, 413),
        )
    ),
]  # fmt: skip
"""Bodies of POST /api/product/inventory that are refused, and what is answered."""
