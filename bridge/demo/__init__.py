"""`stockbridge demo`: sandboxes of the warehouse and of a shop per platform, embedded Redis, a real worker and beat."""

from bridge.demo.narrator import Narrator
from bridge.demo.place import folder
from bridge.demo.running import forever, opened
from bridge.demo.running import once as _once
from bridge.errors import BridgeError
from bridge.process.supervisor import ended_by_signals


def run(*, once: bool, as_json: bool, products: int = 1000) -> int:
    """Exit code: 0 when every number is right (--once) or it was ended by hand, 1 when a number is wrong or a
    process died."""
    narrator = Narrator(machine=as_json)
    try:
        with ended_by_signals(), folder(once=once) as place, opened(place, products, narrator) as demo:
            return _once(demo) if once else forever(demo)
    except KeyboardInterrupt:
        narrator.tell("demo", "ended; nothing is left running")
        return 130 if once else 0
    except BridgeError as fault:
        narrator.tell("trouble", str(fault))
        return fault.exit_code
