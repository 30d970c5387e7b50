"""The sandbox on a real loopback port."""

from connectors.inventory_api.sandbox.app import Sandbox
from connectors.inventory_api.sandbox.control import CONTROL
from connectors.testing.server import SandboxServer


def serve(sandbox: Sandbox, *, port: int = 0, latency: float = 0.0) -> SandboxServer:
    """Listens until the block ends; its `url` is the address. Port 0 takes a free one; latency is slept before each
    answer."""
    return SandboxServer(CONTROL.beside(sandbox, sandbox.handle), port, latency)
