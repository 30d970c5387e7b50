"""Telling people that they are needed, when it begins and when it is over, through the channels of [alerts].

The core decides what is worth telling (`core/conditions.py`) and what of it is news (`core/alerts.py`); here are the
step that tells people, and the channels, each in its module with the library that it needs.
"""

from bridge.alerts.channel import Channel, NotDeliveredError
from bridge.alerts.gather import due_marks
from bridge.alerts.memory import Memory, load_memory
from bridge.alerts.telling import EVERY, LONGEST, look

__all__ = [
    "EVERY",
    "LONGEST",
    "Channel",
    "Memory",
    "NotDeliveredError",
    "due_marks",
    "load_memory",
    "look",
]
