"""What 3PLGuys would refuse, said before it is asked: the limits of the Products and Cartons references. Pure.

Each function returns one phrase per fault, none where nothing is wrong; "the SKU …" continues "The product "A": ".
"""

from bridge.core.measure import Length, Weight
from bridge.threeplguys.cartons import Carton, CartonSpec
from bridge.threeplguys.parse import Product, ProductSpec

SHORTEST = 2
"""Characters of a name and of a SKU."""
ANEW = "cannot be changed after creation; create a new {} and delete the old one"
PARTIAL = (
    "at 3PLGuys is too long to be read whole, or no plain text, so that it would be sent back as something else; give"
    " a new one, or change the product there"
)


def product_faults(new: ProductSpec) -> list[str]:
    return _too_short("the name", new.name) + _too_short("the SKU", new.sku)


def product_change_faults(have: Product, want: ProductSpec) -> list[str]:
    """What is not changed is sent as well, and so it must be here as 3PLGuys has it."""
    other = [] if want.sku == have.sku else [f"the SKU {ANEW.format('product')}"]
    other += [f"its {what} {PARTIAL}" for what in have.partial if getattr(want, what) == getattr(have, what)]
    return _too_short("the name", want.name) + other


def carton_faults(new: CartonSpec) -> list[str]:
    """A name may be left out; 3PLGuys finds one."""
    found = _too_short("the name", new.name) if new.name else []
    if len(new.contents) != 1:
        found.append(f"it holds {len(new.contents)} products, and a carton holds exactly one")
    found += [f"it holds {part.units} units, and the least is 1" for part in new.contents if part.units < 1]
    box = new.dimensions.in_one_unit
    sizes: dict[str, Length | Weight] = {
        "length": box.length, "width": box.width, "height": box.height, "weight": new.weight,
    }  # fmt: skip
    for name, size in sizes.items():
        if size.amount <= 0:
            found.append(f"its {name} is {size}")
        elif size.number is None:
            found.append(f"its {name} is {size}, which no decimal number says exactly")
    return found


def carton_change_faults(have: Carton, want: CartonSpec) -> list[str]:
    """Only the name can be changed. Sizes in other units are the same when they are exactly equal."""
    held, wanted = ([(part.product, part.units) for part in x.contents] for x in (have, want))
    same = {
        "the contents": held == wanted,
        "the dimensions": have.dimensions == want.dimensions,
        "the weight": have.weight == want.weight,
    }
    changed = [f"{name} {ANEW.format('carton')}" for name, kept in same.items() if not kept]
    return _too_short("the name", want.name) + changed


def _too_short(what: str, text: str) -> list[str]:
    return [] if len(text) >= SHORTEST else [f"{what} has fewer than {SHORTEST} characters"]
