"""What a list of products or cartons is asked for: the parameters of their references."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

SortOrder = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class ListQuery(ABC):
    """search: a part of a name or SKU; "" for all. include_deleted: what is deleted, too."""

    search: str = ""
    include_deleted: bool = False
    sort_order: SortOrder = "desc"

    @abstractmethod
    def parameters(self) -> dict[str, str]:
        """As they are sent, without `skip` and `take`."""

    def _with(self, sort_by: str, **filters: str) -> dict[str, str]:
        asked = {"search": self.search, **filters}
        found = {name: value for name, value in asked.items() if value}
        deleted = {"includeDeleted": "true"} if self.include_deleted else {}
        return found | deleted | {"sortBy": sort_by, "sortOrder": self.sort_order}


@dataclass(frozen=True, slots=True)
class ProductQuery(ListQuery):
    """sku: exactly this one; "" for all."""

    sku: str = ""
    sort_by: Literal["name", "sku", "createdAt", "updatedAt"] = "createdAt"

    def parameters(self) -> dict[str, str]:
        return self._with(self.sort_by, sku=self.sku)


@dataclass(frozen=True, slots=True)
class CartonQuery(ListQuery):
    """product: the id of what they hold; "" for all. A search looks at the product's name and SKU, too."""

    product: str = ""
    sort_by: Literal["name", "createdAt", "updatedAt"] = "createdAt"

    def parameters(self) -> dict[str, str]:
        return self._with(self.sort_by, productId=self.product)
