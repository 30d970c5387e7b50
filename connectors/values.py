"""The base of values that are made anew for every SKU, and the one way to change a copy of a frozen value."""

import dataclasses
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

__all__ = ["Value", "replace"]


class Value(Struct, frozen=True, gc=False):
    """Base of the values that are made for every SKU: it costs a tenth of a frozen dataclass to make one. They are
    trees, so that the collector of cycles need not look at them."""


if TYPE_CHECKING:
    from dataclasses import replace  # it checks the names and types of the changes, of a Value too
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """A copy of a Value, of any other Struct, or of a dataclass, with some fields changed."""
        return (structs.replace if isinstance(value, Struct) else dataclasses.replace)(value, **changes)
