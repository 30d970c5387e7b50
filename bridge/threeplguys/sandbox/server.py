"""The sandbox on a real loopback port."""

from bridge.threeplguys.sandbox.control import CONTROL
from bridge.threeplguys.sandbox.face import Sandbox
from connectors.testing.server import SandboxServer


def serve(sandbox: Sandbox, port: int = 0) -> SandboxServer:
    """Listen until it is closed, or its block ends. Port 0 takes a free one."""
    return SandboxServer(CONTROL.beside(sandbox, sandbox.handle), port)
