"""`catalog products|cartons create`, `rename`, `delete` and `restore`: one change of the catalogue at 3PLGuys."""

import re
from collections.abc import Callable
from typing import Annotated, Any

import typer

from bridge.cli import table
from bridge.cli.begin import confirmed, opened
from bridge.cli.catalog_kinds import CARTONS, PRODUCTS, Kind, for_kind
from bridge.cli.options import Config, Json
from bridge.cli.steer import who
from bridge.core.measure import Length, Weight
from bridge.errors import ConfigError
from bridge.ops import catalog
from bridge.threeplguys.cartons import Carton, CartonSpec, Dimensions, Packed
from bridge.threeplguys.parse import Product, ProductSpec
from connectors.values import replace

Named = Annotated[str, typer.Argument(help="SKU or id of the product; id of the carton type.", metavar="WHICH")]
Sku = Annotated[str, typer.Argument(help="SKU of the product; it can never be changed.", metavar="SKU")]
Name = Annotated[str, typer.Argument(help="Its name, of two characters at least.", metavar="NAME")]
Description = Annotated[str | None, typer.Option("--description", help="What people should know of it.")]
Held = Annotated[str, typer.Argument(help="SKU or id of the product that it holds.", metavar="PRODUCT")]
Units = Annotated[int, typer.Argument(help="How many of it are in one carton.", metavar="UNITS")]
Size = Annotated[str, typer.Option("--size", help='Length, width and height: "12x10x8 inch".', metavar="SIZE")]
Weighs = Annotated[str, typer.Option("--weight", help='Of a full carton: "5 pound".', metavar="WEIGHT")]
CartonName = Annotated[str, typer.Option("--name", help="3PLGuys finds one where it is left out.", metavar="NAME")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

NOBODY = "--json and a pipe cannot be asked; add --yes to delete it."
NUMBER = r"\s*(\d+(?:\.\d+)?)\s*"
SIZE = re.compile(rf"{NUMBER}[x×]{NUMBER}[x×]{NUMBER}([A-Za-z]+)\s*")
WEIGHT = re.compile(rf"{NUMBER}([A-Za-z]+)\s*")


def products_create(
    sku: Sku, name: Name, description: Description = None, config: Config = None, as_json: Json = False
) -> None:
    """Create a product."""
    new = ProductSpec(name, sku, description or "")
    with opened(config, may_begin=True) as context, catalog.changed(context, who()) as changes:
        why = f'product "{name}"'
        made = changes.make("catalog-create", sku, why, lambda: changes.source.products.create(new))
    _told(PRODUCTS, made, "created", as_json=as_json)


def cartons_create(
    product: Held, units: Units, size: Size, weight: Weighs, name: CartonName = "", config: Config = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Create a carton type.

    A way to pack one product. Only its name can be changed later. Units of size: millimeter, centimeter, meter, inch,
    foot; of weight: gram, kilogram, ounce, pound.
    """
    dimensions, mass = dimensions_of(size), weight_of(weight)
    with opened(config, may_begin=True) as context, catalog.changed(context, who()) as changes:
        held = catalog.product_of(changes.source, product)
        new = CartonSpec((Packed(held.product, units),), dimensions, mass, name)
        why = f"carton of {units} × {held.sku}"
        made = changes.make("catalog-create", held.sku, why, lambda: changes.source.cartons.create(new))
    _told(CARTONS, made, "created", as_json=as_json)


def dimensions_of(text: str) -> Dimensions:
    """Raises ConfigError for what is no size."""
    found = SIZE.fullmatch(text)
    if found is None:
        raise ConfigError(f'"{text}" is no size; write length, width and height with a unit, as in "12x10x8 inch".')
    try:
        length, width, height = (Length.of(x, found[4]) for x in found.groups()[:3])
    except ValueError as fault:
        raise ConfigError(f'"{text}" is no size: {fault}.') from None
    return Dimensions(length, width, height)


def weight_of(text: str) -> Weight:
    """Raises ConfigError for what is no weight."""
    found = WEIGHT.fullmatch(text)
    if found is None:
        raise ConfigError(f'"{text}" is no weight; write it with a unit, as in "5 pound".')
    try:
        return Weight.of(found[1], found[2])
    except ValueError as fault:
        raise ConfigError(f'"{text}" is no weight: {fault}.') from None


def products_rename(
    which: Named, name: Name, description: Description = None, config: Config = None, as_json: Json = False
) -> None:
    """Give a product another name.

    And another description, where one is given; "" removes it.
    """
    with opened(config, may_begin=True) as context, catalog.changed(context, who()) as changes:
        have = catalog.product_of(changes.source, which)
        want = replace(have.spec, name=name, description=have.description if description is None else description)
        why = f'product {have.product} "{have.name}" → "{name}"'
        made = changes.make("catalog-change", have.sku, why, lambda: changes.source.products.update(have, want))
    _told(PRODUCTS, made, "changed", as_json=as_json)


def cartons_rename(which: Named, name: Name, config: Config = None, as_json: Json = False) -> None:
    """Give a carton type another name."""
    with opened(config, may_begin=True) as context, catalog.changed(context, who()) as changes:
        have = catalog.carton_of(changes.source, which)
        want, why = replace(have.spec, name=name), f'carton {have.carton} "{have.name}" → "{name}"'
        made = changes.make("catalog-change", sku_of(have), why, lambda: changes.source.cartons.update(have, want))
    _told(CARTONS, made, "changed", as_json=as_json)


def sku_of(record: Product | Carton) -> str:
    """Of the product itself, or of the one that a carton holds."""
    return record.sku if isinstance(record, Product) else next((x.sku for x in record.contents), "")


def things_delete(
    kind: Kind[Any], which: Named, yes: Yes = False, config: Config = None, as_json: Json = False
) -> None:
    """Delete a {noun}.

    Shows it first, and asks where a person sits at a terminal. 3PLGuys refuses it while there is stock. It can be
    restored.
    """
    with opened(config, may_begin=True) as context, catalog.changed(context, who()) as changes:
        have = kind.named(changes.source, which)
        if have.deleted:
            _told(kind, have, None, as_json=as_json)
            return
        if not as_json:
            table.line(f"{kind.called(have)} would be deleted.")
        go_on = changes.lease.renew
        if not confirmed("Delete it?", yes=yes, as_json=as_json, nobody=NOBODY, meanwhile=go_on):
            table.line("Nothing was changed.")
            return
        made = _switched(changes, kind, have, "catalog-delete", kind.things(changes.source).delete)
    _told(kind, made, "deleted", as_json=as_json)


def things_restore(kind: Kind[Any], which: Named, config: Config = None, as_json: Json = False) -> None:
    """Restore a {noun} that was deleted."""
    with opened(config, may_begin=True) as context, catalog.changed(context, who()) as changes:
        have = kind.named(changes.source, which, deleted=True)
        if not have.deleted:
            _told(kind, have, None, as_json=as_json)
            return
        made = _switched(changes, kind, have, "catalog-restore", kind.things(changes.source).restore)
    _told(kind, made, "restored", as_json=as_json)


def _switched(
    changes: catalog.CatalogueChanges, kind: Kind[Any], have: Any, what: str, change: Callable[[str], Any]
) -> Any:
    why = kind.called(have)
    return changes.make(what, sku_of(have), why, lambda: change(kind.row(have)["id"]))


def _told(kind: Kind[Any], record: Product | Carton, done: str | None, *, as_json: bool) -> None:
    """done: None where there was nothing to do."""
    if as_json:
        table.print_json({"done": done, kind.noun: kind.row(record)})
    elif done is None:
        table.line(f"{kind.called(record)} {'is' if record.deleted else 'is not'} deleted; nothing was changed.")
    else:
        table.line(f"{kind.called(record)} was {done}.")


products_delete, cartons_delete = for_kind(things_delete, PRODUCTS), for_kind(things_delete, CARTONS)
products_restore, cartons_restore = for_kind(things_restore, PRODUCTS), for_kind(things_restore, CARTONS)
