"""The configuration: one TOML file and the environment, checked as a whole into frozen values."""

from bridge.config.load import load_settings, parse
from bridge.config.model import (
    AlertSettings,
    EmailSettings,
    GuardSettings,
    LedgerSettings,
)
from bridge.config.place import data_folder
from bridge.config.redis_url import broker_url
from bridge.config.settings import Settings, StoreSettings
from bridge.config.source import SourceSettings

__all__ = [
    "AlertSettings",
    "EmailSettings",
    "GuardSettings",
    "LedgerSettings",
    "Settings",
    "SourceSettings",
    "StoreSettings",
    "broker_url",
    "data_folder",
    "load_settings",
    "parse",
]
