"""What the platform can do."""

from connectors.base import Capabilities

CAPABILITIES = Capabilities(
    max_batch=250,
    writes="on_hand",
    reads_committed=True,
    locations=True,
    compare_and_set=True,
    lost_write_seconds=60.0,
)
