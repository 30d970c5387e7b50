"""How long a command waits for one request."""

from collections.abc import Mapping

from bridge.config.faults import ConfigFault

VARIABLE = "STOCKBRIDGE_PATIENCE"
"""Environment variable: seconds that one request may wait and be repeated before a command gives up."""

DEFAULT = "60"


def retry_seconds(environ: Mapping[str, str]) -> tuple[float, list[ConfigFault]]:
    """Seconds, and what is wrong with them."""
    text = environ.get(VARIABLE, DEFAULT).strip()
    if text.isascii() and text.isdigit() and len(text) < 6:
        return float(text), []
    return float(DEFAULT), [
        ConfigFault((VARIABLE,), f"is no whole number of seconds; write {DEFAULT}, or leave it out")
    ]
