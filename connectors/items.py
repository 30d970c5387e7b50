"""The items file: which product of the shop each SKU of the warehouse is. The document names a product by its UPC, or
by SKU, size and width; the warehouse knows neither UPC nor size, so a person writes down what belongs together.

A file with a fault is refused as a whole, and each fault is named with its line: half a list would let the other half
go on selling its last numbers. Cells are text and stay as they are, leading zeros too.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

COLUMNS = ("sku", "upc", "style", "size", "width")
NO_WIDTH = "-"
"""Written for the width of what has none: an empty cell may be one that was forgotten."""

LARGEST = 64 * 1024 * 1024  # bytes
LONGEST = 200  # characters of a cell
MOST_TOLD = 100  # faults; a file of another kind has one in every line
GTIN_LENGTHS = (8, 12, 13, 14)
FLOAT = re.compile(r"\d+(?:\.\d+)?[eE]\+?\d+")


class ItemsFaultError(Exception):
    """The items file cannot be used. The text names each fault with its line."""


class Item(NamedTuple):
    """One line. sku: of the warehouse. style: what the shop calls SKU. upc: "", or what the product is named by. line:
    in the file, from 1."""

    sku: str
    upc: str
    style: str
    size: str
    width: str
    line: int

    @property
    def ref(self) -> str:
        """What the bridge calls it: the product's own name in the shop, one for each."""
        return ref_of_upc(self.upc) if self.upc else ref_of_style(*self.named)

    @property
    def named(self) -> tuple[str, str, str]:
        """Style, size and width as they are sent."""
        return self.style, self.size, "" if self.width == NO_WIDTH else self.width

    @property
    def title(self) -> str:
        return f"UPC {self.upc}" if self.upc else f"{self.style}, size {self.size}, width {self.width}"

    def identity(self) -> dict[str, str]:
        """The members of the request that name the product."""
        return {"upc": self.upc} if self.upc else dict(zip(("sku", "size", "width"), self.named, strict=True))


def ref_of_upc(upc: str) -> str:
    return f"upc:{upc}"


def ref_of_style(style: str, size: str, width: str) -> str:
    return "sku:" + "/".join(text.replace("%", "%25").replace("/", "%2F") for text in (style, size, width))


class Items(NamedTuple):
    """by_ref: in the order of the file. warnings: what will be sent as it stands, and is probably not meant. by_name:
    the same by every name that a report may call them by, for a line with a UPC may hold style, size and width as well;
    what two lines share names neither. digest: of the file; another one means that it was changed."""

    by_ref: Mapping[str, Item]
    warnings: Sequence[str]
    by_name: Mapping[str, Item]
    digest: str


def _by_name(by_ref: Mapping[str, Item]) -> Mapping[str, Item]:
    styled = [item for item in by_ref.values() if item.upc and item.style and item.size and item.width]
    count = Counter(ref_of_style(*item.named) for item in styled)
    more = {ref_of_style(*item.named): item for item in styled if count[ref_of_style(*item.named)] == 1}
    return {**more, **by_ref} if more else by_ref


def load_items(path: str) -> Items:
    """Returns the file as it is now; one that has not changed is not read again. Raises ItemsFaultError."""
    try:
        found = Path(path).stat()
        return _read(path, (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
    except FileNotFoundError:
        raise ItemsFaultError(f"there is no file {path}; write it, or name another one") from None
    except OSError as error:
        raise ItemsFaultError(f"{path} cannot be read ({error.strerror}); name a readable file") from None


def usable_path(text: str, folder: str) -> str:
    """The whole path of an items file that can be used; a relative one begins at the folder. Raises ItemsFaultError."""
    path = Path(folder, text).absolute()
    try:
        load_items(str(path))
    except ValueError as error:  # there is a NUL in it
        raise ItemsFaultError(str(error)) from None
    return str(path)


@lru_cache(maxsize=8)
def _read(path: str, state: tuple[int, ...]) -> Items:
    """state: by which a change of the file is known; its size is the second."""
    if state[1] > LARGEST:
        raise ItemsFaultError(f"{path} has more than {LARGEST // 1024 // 1024} MiB; name a file of items")
    try:
        return parse_items(Path(path).read_bytes())
    except ItemsFaultError as fault:
        raise ItemsFaultError(f"{path} has faults: {fault}") from None


def parse_items(body: bytes) -> Items:
    """The items of a file's content. Raises ItemsFaultError with every fault."""
    try:
        text = body.decode("utf-8-sig")  # spreadsheets begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise ItemsFaultError(f"line {line}: is not UTF-8 text; save the file as CSV UTF-8") from None
    file = _File()
    file.read(text)
    if len(file.faults) > MOST_TOLD:
        file.faults[MOST_TOLD:] = [f"and {len(file.faults) - MOST_TOLD} more"]
    if file.faults:
        raise ItemsFaultError("; ".join(file.faults))
    warnings = (*file.warnings, *([] if file.items else ["the items file lists nothing yet"]))
    return Items(file.items, warnings, _by_name(file.items), sha256(body).hexdigest()[:16])


class _File:
    """What was found while a file is read line by line."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self._numbers: dict[str, Item] = {}

    def read(self, text: str) -> None:
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        end = 0
        try:
            columns = _columns(next(rows, []))
            for cells in rows:
                begin, end = max(end, 1) + 1, rows.line_num
                if any(cells):
                    self._add(cells, columns, begin)
        except ItemsFaultError as fault:
            self.faults.append(str(fault))
        except csv.Error as fault:
            text = "its quotes do not match; write a quote inside a cell twice, and quote the whole cell"
            if "limit" in str(fault):  # the one fault of which the parser says so
                text = "has a cell that is far too long; shorten it, or close the quote that was left open"
            self.faults.append(f"line {max(end, 1) + 1}: {text}")

    def _add(self, cells: Sequence[str], columns: Sequence[str], line: int) -> None:
        if len(cells) != len(columns):
            told = f"has {len(cells)} cells where the header has {len(columns)}; quote a cell with a comma in it"
            self.faults.append(f"line {line}: {told}")
            return
        given = dict.fromkeys(COLUMNS, "") | dict(zip(columns, cells, strict=True))
        wrong = [*_faults_of_cells(given), *_faults_of_names(given)]
        self.faults += [f"line {line}: {text}" for text in wrong]
        if wrong:
            return
        item = Item(**given, line=line)
        if (first := self.items.setdefault(item.ref, item)) is not item:
            self.faults.append(f"line {line}: {item.title} stands in line {first.line} already; keep one line")
        elif item.upc:
            self._check_upc(item)

    def _check_upc(self, item: Item) -> None:
        """It is sent as it stands, whatever is said of it here."""
        if told := doubt_of(item.upc):
            self.warnings.append(f"items line {item.line}: the UPC {item.upc} {told}; it is sent as it stands")
        same = self._numbers.setdefault(item.upc.lstrip("0"), item)
        if same is not item:
            self.warnings.append(
                f"items line {item.line}: the UPC {item.upc} is that of line {same.line} but for zeros at its beginning"
            )


def _columns(cells: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns, in their order. Raises ItemsFaultError."""
    names = tuple(cell.strip().casefold() for cell in cells)
    strange = [name for name in names if name not in COLUMNS]
    if len(names) == 1 and re.search(r"[;\t|]", names[0]):
        raise ItemsFaultError("line 1: is not separated by commas; save the file as CSV with commas")
    if "sku" not in names:
        raise ItemsFaultError(f"line 1: is no header; write {','.join(COLUMNS)}")
    if strange:
        raise ItemsFaultError(
            f'line 1: has the unknown column "{strange[0][:40]}"; the columns are {",".join(COLUMNS)}'
        )
    if len(set(names)) < len(names):
        raise ItemsFaultError(f"line 1: names a column twice; write {','.join(COLUMNS)}")
    if "upc" not in names and not {"style", "size", "width"} <= set(names):
        raise ItemsFaultError("line 1: has no column that names a product; add upc, or style, size and width")
    return names


def _faults_of_cells(given: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with single cells of a line, in a sentence each."""
    for name, text in given.items():
        if not text.isprintable():
            yield f"the {name} holds a character that cannot be seen; write it anew"
        elif text != text.strip():
            yield f"the {name} has blanks around it; take them away"
        elif len(text) > LONGEST:
            yield f"the {name} is longer than {LONGEST} characters; correct it"
    if FLOAT.fullmatch(given["upc"]):
        yield "the upc was made a number by a spreadsheet, and its last digits are lost; format the column as text"


def _faults_of_names(given: Mapping[str, str]) -> Iterator[str]:
    """What a line does not name, in a sentence each."""
    empty = {name for name, text in given.items() if not text}
    if "sku" in empty:
        yield "has no sku; write the SKU of the warehouse"
    missing = [name for name in ("style", "size", "width") if name in empty]
    if "upc" not in empty or not missing:
        return
    if len(missing) == 3:
        yield "names no product of the shop; write its upc, or style, size and width"
    else:
        hint = f"write {NO_WIDTH} where there is none" if missing == ["width"] else "write it"
        yield f"has no {' and no '.join(missing)}, which a product without upc needs; {hint}"


def doubt_of(upc: str) -> str | None:
    """What makes one doubt a UPC, to follow the number; None: nothing."""
    if not (upc.isascii() and upc.isdigit()):
        return "holds more than digits"
    if len(upc) not in GTIN_LENGTHS:
        zero = ", as if a spreadsheet had taken a zero from its beginning" if len(upc) + 1 in GTIN_LENGTHS else ""
        return f"has {len(upc)} digits{zero}"
    right = check_digit(upc[:-1])
    return None if upc[-1] == right else f"should end in {right} by its check digit"


def check_digit(digits: str) -> str:
    """The last digit of a UPC or EAN, by those before it (GS1 General Specifications, 7.9.1)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)
