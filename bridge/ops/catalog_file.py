"""A CSV file of products or carton types, checked against what 3PLGuys has, and what is to be done for it. Pure: every
fault of a file is found at once, and what is there already is left alone, so that a second import changes nothing."""

import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from bridge.core.measure import Length, Weight
from bridge.core.text import from_spreadsheet_cell
from bridge.threeplguys import limits
from bridge.threeplguys.cartons import Carton, CartonSpec, Dimensions, Packed
from bridge.threeplguys.parse import Product, ProductSpec
from connectors.values import replace

MeasureT = TypeVar("MeasureT", Length, Weight)

WHOLE, DECIMAL = re.compile("[0-9]{1,9}"), re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong on a line, in a sentence without its end."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}."


class Row(NamedTuple):
    """A line and its cells, by column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """What a line asks for that is not so yet. line: 0 where there is no file. have: what is to be changed; None: it is
    to be created."""

    line: int
    have: Product | Carton | None
    want: ProductSpec | CartonSpec

    @property
    def sku(self) -> str:
        """Of the product, or of the one that the carton holds."""
        return self.want.sku if isinstance(self.want, ProductSpec) else self.want.contents[0].sku

    @property
    def changes(self) -> str:
        """What becomes of what; "" of a creation."""
        if self.have is None:
            return ""
        pairs = {"name": (self.have.name, self.want.name)}
        if isinstance(self.have, Product) and isinstance(self.want, ProductSpec):
            pairs["description"] = (self.have.description, self.want.description)
        return "; ".join(f'{name} "{old}" → "{new}"' for name, (old, new) in pairs.items() if old != new)


@dataclass(frozen=True)
class Plan:
    """unchanged: lines that are so already."""

    steps: Sequence[Step]
    faults: Sequence[Fault]
    unchanged: int


# -- the file ------------------------------------------------------------------------------------------


def read_rows(raw: bytes, needed: Sequence[str], known: Sequence[str]) -> tuple[list[Row], list[Fault]]:
    """The lines of a CSV file below its header. needed, known: columns that it must and may have, in any order."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        return [], [Fault(raw[: fault.start].count(b"\n") + 1, "it is not UTF-8; save the file as CSV UTF-8")]
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    lines = _cells(text, delimiter)
    try:
        _, header = next(lines, (1, []))
        faults = _header_faults(header, needed, known)
        if faults:
            return [], faults
        rows: list[Row] = []
        for line, cells in lines:
            if len(cells) == len(header):
                rows.append(Row(line, dict(zip(header, map(from_spreadsheet_cell, cells), strict=True))))
            else:
                faults.append(Fault(line, f"it has {len(cells)} cells, and the header has {len(header)}"))
    except _BrokenError as fault:
        return [], [Fault(fault.line, f"it is no CSV: {fault}")]
    return rows, faults


class _BrokenError(Exception):
    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def _cells(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells) of all that is not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as fault:
        raise _BrokenError(line, str(fault)) from None


def _header_faults(header: Sequence[str], needed: Sequence[str], known: Sequence[str]) -> list[Fault]:
    faults = [f'the column "{name}" is missing' for name in needed if name not in header]
    for name, count in Counter(header).items():
        if name not in known:
            near = difflib.get_close_matches(name.casefold(), known, n=1)
            hint = f'perhaps "{near[0]}" is meant' if near else f"there may be {', '.join(known)}"
            faults.append(f'no column is called "{name}"; {hint}')
        elif count > 1:
            faults.append(f'the column "{name}" stands there {count} times')
    return [Fault(1, why) for why in faults]


def _state_fault(row: Row) -> list[str]:
    """An export may have deleted ones, which an import must not bring back by the way."""
    said = row.cells.get("deleted", "").strip().casefold()
    if said in ("yes", "true", "1"):
        return ["it is of something deleted; leave the line out, or restore that first"]
    return [] if said in ("", "no", "false", "0") else [f'deleted is "{said}"; write yes or no']


# -- products ------------------------------------------------------------------------------------------


def plan_products(rows: Sequence[Row], faults: Sequence[Fault], live: Mapping[str, Sequence[Product]]) -> Plan:
    """live: SKU → the products that have it and are not deleted."""
    steps, found, unchanged, lines = list[Step](), list(faults), 0, dict[str, int]()
    for row in rows:
        cells, sku = row.cells, row.cells["sku"]
        have = next(iter(live.get(sku, ())), None)
        said = cells.get("description")
        description = said if said is not None else have.description if have else ""
        want = ProductSpec(cells["name"], sku, description)
        is_same = have is not None and (have.name, have.description) == (want.name, want.description)
        limited = limits.product_faults(want) if have is None or is_same else limits.product_change_faults(have, want)
        why = [*limited, *_state_fault(row)]
        if len(live.get(sku, ())) > 1:
            ids = " and ".join(x.product for x in live[sku])
            why.append(f'several live products have the SKU "{sku}": {ids}')
        if have is None and sku != sku.strip():
            why.append(f'the SKU "{sku}" begins or ends with a blank')
        if sku in lines:
            why.append(f'the SKU "{sku}" stands on line {lines[sku]} already')
        lines.setdefault(sku, row.line)
        found += [Fault(row.line, each) for each in why]
        if is_same:
            unchanged += 1
        else:
            steps.append(Step(row.line, have, want))
    return Plan(steps, sorted(found), unchanged)


# -- cartons -------------------------------------------------------------------------------------------


def plan_cartons(
    rows: Sequence[Row], faults: Sequence[Fault], live: Mapping[str, Sequence[Product]], cartons: Mapping[str, Carton],
    is_like: Callable[[Carton, CartonSpec], bool],
) -> Plan:  # fmt: skip
    """live: as above. cartons: id → every carton type there is, deleted ones too. is_like: whether a creation of that
    would make this one, but for its name."""
    steps, found, unchanged = list[Step](), list(faults), 0
    kinds = list[tuple[int, CartonSpec]]()
    for row in rows:
        want, why = _carton_of(row, live)
        have: Carton | None = None
        if want is not None:
            why += limits.carton_faults(want)
            have, more = _existing(row, want, cartons, is_like)
            why += more
            if not row.cells.get("id"):
                why += [f"line {line} asks for the same" for line, x in kinds if _is_same(x, want)]
                kinds.append((row.line, want))
        found += [Fault(row.line, each) for each in (*why, *_state_fault(row))]
        if want is not None and have is not None and want.name in ("", have.name):
            unchanged += 1
        elif want is not None:
            steps.append(Step(row.line, have, want))
    return Plan(steps, sorted(found), unchanged)


def _existing(
    row: Row, want: CartonSpec, cartons: Mapping[str, Carton], is_like: Callable[[Carton, CartonSpec], bool]
) -> tuple[Carton | None, list[str]]:
    """The carton type that a line means: the one with its id, else a live one of its contents, size and weight, and of
    its name where it has one. With it, what speaks against that."""
    id_ = row.cells.get("id", "")
    if not id_:
        same = (x for x in cartons.values() if not x.deleted and is_like(x, want) and want.name in ("", x.name))
        return next(same, None), []
    have = cartons.get(id_)
    if have is None or have.deleted:
        what = "is deleted; restore it first" if have else "does not exist"
        return None, [f'the carton type with the id "{id_}" {what}; leave the id out to create one']
    return have, limits.carton_change_faults(have, replace(want, name=want.name or have.name))


def _is_same(one: CartonSpec, other: CartonSpec) -> bool:
    kinds = [([(x.product, x.units) for x in s.contents], s.dimensions.rounded, s.weight.rounded) for s in (one, other)]
    return kinds[0] == kinds[1] and (one.name == other.name or not one.name or not other.name)


def _carton_of(row: Row, live: Mapping[str, Sequence[Product]]) -> tuple[CartonSpec | None, list[str]]:
    """What a line describes; None with faults where it cannot be read."""
    cells, why = row.cells, list[str]()
    products = live.get(cells["sku"], ())
    if len(products) != 1:
        many = f'several live products have the SKU "{cells["sku"]}"'
        why.append(many if products else f'no product has the SKU "{cells["sku"]}"')
    if not WHOLE.fullmatch(cells["units"].strip()):
        why.append(f'units is "{cells["units"]}", and no whole number')
    sizes = [_measure(Length, cells, name, "length_unit", why) for name in ("length", "width", "height")]
    weight = _measure(Weight, cells, "weight", "weight_unit", why)
    if why or weight is None:
        return None, list(dict.fromkeys(why))
    length, width, height = (size for size in sizes if size is not None)
    packed = Packed(products[0].product, int(cells["units"]), sku=cells["sku"])
    return CartonSpec((packed,), Dimensions(length, width, height), weight, cells.get("name", "")), []


def _measure(kind: type[MeasureT], cells: Mapping[str, str], name: str, unit: str, why: list[str]) -> MeasureT | None:
    if not DECIMAL.fullmatch(cells[name].strip()):
        why.append(f'{name} is "{cells[name]}", and no number such as 12.5')
        return None
    try:
        return kind.of(cells[name], cells[unit])
    except ValueError as fault:
        why.append(f"{name}: {fault}")
        return None
