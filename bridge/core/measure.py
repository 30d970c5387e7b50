"""Lengths and weights that convert exactly and say their unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """A quantity with its unit. Two of one kind are equal when they are equally much, whatever their units.

    UNITS: unit → how much of the smallest one it is; the first is that one. ALIASES: what people write for a unit.
    Raises ValueError for a unit that is none of these.
    """

    UNITS: ClassVar[Mapping[str, Fraction]] = {}
    ALIASES: ClassVar[Mapping[str, str]] = {}

    amount: Fraction
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in self.UNITS:
            raise ValueError(f"{self.unit!r} is no unit of {type(self).__name__.lower()}; say {', '.join(self.UNITS)}")

    @classmethod
    def of(cls, amount: float | Decimal | str, unit: str) -> Self:
        """As it was written: 12.1 is 121/10, not what a float makes of it. Raises ValueError for what is no number."""
        text = repr(amount) if isinstance(amount, float) else str(amount).strip()
        try:
            exact = Fraction(text)
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"{text!r} is no number") from None
        name = unit.strip().lower()
        return cls(exact, cls.ALIASES.get(name, name))

    def to(self, unit: str) -> Self:
        """The same in another unit, exactly. Raises ValueError where that is none."""
        return type(self)(self.base / self.UNITS.get(unit, Fraction(1)), unit)

    @property
    def base(self) -> Fraction:
        """How much it is in the smallest unit (millimetres, grams), exactly."""
        return self.amount * self.UNITS[self.unit]

    @property
    def rounded(self) -> int:
        """In whole smallest units, halves up: as the carton breakdown has it."""
        return floor(self.base + Fraction(1, 2))

    @property
    def number(self) -> int | float | None:
        """The amount as a JSON number that reads back as exactly this; None when there is no such number."""
        if self.amount.denominator == 1:
            return int(self.amount)
        try:
            near = float(self.amount)
        except OverflowError:
            return None
        return near if Fraction(repr(near)) == self.amount else None

    def __str__(self) -> str:
        number = self.number
        return f"{self.amount if number is None else number} {self.unit}"

    def __eq__(self, other: object) -> bool:
        return self.base == other.base if isinstance(other, Measure) and type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self.base))


class Length(Measure):
    """A length; `base` is in millimetres. An inch is 25.4 mm by definition."""

    __slots__ = ()
    UNITS: ClassVar[Mapping[str, Fraction]] = {
        "millimeter": Fraction(1),
        "centimeter": Fraction(10),
        "meter": Fraction(1000),
        "inch": Fraction(254, 10),
        "foot": Fraction(3048, 10),
    }
    ALIASES: ClassVar[Mapping[str, str]] = {
        "mm": "millimeter", "cm": "centimeter", "m": "meter", "in": "inch", "ft": "foot", "millimetre": "millimeter",
        "centimetre": "centimeter", "metre": "meter", "millimeters": "millimeter", "inches": "inch", "feet": "foot",
    }  # fmt: skip


class Weight(Measure):
    """A weight; `base` is in grams. A pound is 453.59237 g by definition."""

    __slots__ = ()
    UNITS: ClassVar[Mapping[str, Fraction]] = {
        "gram": Fraction(1),
        "kilogram": Fraction(1000),
        "ounce": Fraction(45359237, 1600000),
        "pound": Fraction(45359237, 100000),
    }
    ALIASES: ClassVar[Mapping[str, str]] = {
        "g": "gram", "kg": "kilogram", "oz": "ounce", "lb": "pound", "lbs": "pound", "grams": "gram",
        "pounds": "pound", "ounces": "ounce",
    }  # fmt: skip
