"""What the platform can do."""

from connectors.base import Capabilities

# lost_write_seconds: the document tells of no time limit; servers usually end what they began within a minute.
CAPABILITIES = Capabilities(
    max_batch=200, writes="available", reads_committed=False, locations=True, readable=False,
    lost_write_seconds=60.0,
)  # fmt: skip
