"""Telling people that they are needed, when it begins and when it is over, through the channels of [alerts].

The core decides what is worth telling (`core/conditions.py`) and what of it is news (`core/alerts.py`); here are the
channels, and the step that uses them.
"""

from bridge.alerts.channel import Channel, NotDelivered
from bridge.alerts.command import Command
from bridge.alerts.gather import due_marks
from bridge.alerts.mail import Mail
from bridge.alerts.memory import Memory, recall
from bridge.alerts.telling import EVERY, LONGEST, is_time, look
from bridge.alerts.webhook import Webhook

__all__ = [
    "EVERY",
    "LONGEST",
    "Channel",
    "Command",
    "Mail",
    "Memory",
    "NotDelivered",
    "Webhook",
    "due_marks",
    "is_time",
    "look",
    "recall",
]
