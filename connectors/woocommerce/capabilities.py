"""What the platform can do."""

from connectors.base import Capabilities

# compare_and_set: the platform cannot. Reading before each write guards against orders, but a write whose
# answer was lost lands whatever the shop shows by then; so its items wait until it was seen.
# lost_write_seconds: PHP goes on after its client has gone, for as long as the host lets it, usually 30 to 60 s.
CAPABILITIES = Capabilities(
    max_batch=100,
    writes="available",
    reads_committed=False,
    locations=False,
    compare_and_set=False,
    negative=True,
    looks_up_skus=True,
    lost_write_seconds=60.0,
)
