"""What can go wrong between a client and a platform, in the words of its sandbox's faults.

Beside each sandbox, `connectors.<name>.sandbox.troubles` has `TROUBLES`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Plan = Mapping[str, Any]
"""The settings of one fault, as `FaultQueue.add` and the `/_control` verb "fault" take them."""

LOST = "lost before it was applied"
"""The event of a storm of which a client can be sure only after the time limit of a write: one a day is enough."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """write: the word by which a fault is meant for the calls that write numbers. passing: what strikes any call.
    partly: what strikes in the middle of a batch. late: writes that land after their senders gave up. storm: event of a
    bad day, the same words for every platform → faults that are it here."""

    write: str
    passing: tuple[Plan, ...]
    late: tuple[Plan, ...]
    partly: tuple[Plan, ...] = ()
    storm: Mapping[str, tuple[Plan, ...]] = field(default_factory=dict)
