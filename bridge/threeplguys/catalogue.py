"""The catalogue at 3PLGuys, to read and to change: products and carton types."""

from collections.abc import Sequence
from typing import ClassVar

from bridge.threeplguys import limits
from bridge.threeplguys.cartons import Carton, CartonSpec, parse_carton
from bridge.threeplguys.parse import BadRow, Product, ProductSpec, parse_product
from bridge.threeplguys.query import CartonQuery, ProductQuery
from bridge.threeplguys.resource import Body, Resource


class Products(Resource[Product, ProductSpec, ProductQuery]):
    """Products reference. A SKU is there once among those that live, so that none is created twice."""

    noun: ClassVar[str] = "product"
    path: ClassVar[str] = "inventory/products"
    is_unique: ClassVar[bool] = True

    def parse(self, raw: object) -> Product | BadRow:
        return parse_product(raw)

    def id_of(self, record: Product) -> str:
        return record.product

    def called(self, new: ProductSpec) -> str:
        return f'the product "{new.sku}"'

    def bodies(self, spec: ProductSpec) -> tuple[Body, Body]:
        changed = {"name": spec.name, "description": spec.description}
        described = {"description": spec.description} if spec.description else {}
        return {"name": spec.name, "sku": spec.sku, **described}, changed

    def faults(self, new: ProductSpec) -> Sequence[str]:
        return limits.product_faults(new)

    def change_faults(self, have: Product, want: ProductSpec) -> Sequence[str]:
        return limits.product_change_faults(have, want)

    def is_changed(self, now: Product, want: ProductSpec) -> bool:
        return (now.name, now.description) == (want.name, want.description)

    def creations(self, new: ProductSpec) -> ProductQuery:
        return ProductQuery(sku=new.sku)

    def is_like(self, found: Product, new: ProductSpec) -> bool:
        return found.sku == new.sku

    def is_exactly(self, found: Product, new: ProductSpec) -> bool:
        return self.is_changed(found, new)


class Cartons(Resource[Carton, CartonSpec, CartonQuery]):
    """Cartons reference. Nothing there tells two of one kind apart."""

    noun: ClassVar[str] = "carton"
    path: ClassVar[str] = "inventory/cartons"
    is_unique: ClassVar[bool] = False

    def parse(self, raw: object) -> Carton | BadRow:
        return parse_carton(raw)

    def id_of(self, record: Carton) -> str:
        return record.carton

    def called(self, new: CartonSpec) -> str:
        named = f' "{new.name}"' if new.name else ""
        held = " and ".join(f"{part.units} of the product {part.product}" for part in new.contents) or "nothing"
        return f"the carton{named} of {held}"

    def bodies(self, spec: CartonSpec) -> tuple[Body, Body]:
        """Sizes have numbers: `limits` has seen to that."""
        sizes = spec.dimensions.in_one_unit
        named = {"name": spec.name} if spec.name else {}
        created: Body = {
            **named,
            "contents": [{"productId": part.product, "quantity": part.units} for part in spec.contents],
            "dimensions": {
                "length": sizes.length.number,
                "width": sizes.width.number,
                "height": sizes.height.number,
                "units": sizes.length.unit,
            },
            "weight": {"amount": spec.weight.number, "units": spec.weight.unit},
        }
        return created, {"name": spec.name}

    def faults(self, new: CartonSpec) -> Sequence[str]:
        return limits.carton_faults(new)

    def change_faults(self, have: Carton, want: CartonSpec) -> Sequence[str]:
        return limits.carton_change_faults(have, want)

    def is_changed(self, now: Carton, want: CartonSpec) -> bool:
        return now.name == want.name

    def creations(self, new: CartonSpec) -> CartonQuery:
        return CartonQuery(product=new.contents[0].product)

    def is_like(self, found: Carton, new: CartonSpec) -> bool:
        """Whole millimetres and grams will do, should the source keep sizes rounded or in other units."""
        held, wanted = ([(part.product, part.units) for part in x.contents] for x in (found, new))
        sizes = (found.dimensions.rounded, found.weight.rounded) == (new.dimensions.rounded, new.weight.rounded)
        return held == wanted and sizes

    def is_exactly(self, found: Carton, new: CartonSpec) -> bool:
        return not new.name or found.name == new.name
