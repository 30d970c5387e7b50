"""`alert-test`: is anybody told?"""

from bridge.alerts import NotDeliveredError
from bridge.cli import table
from bridge.cli.begin import settings_of
from bridge.cli.failing import NEEDS_A_PERSON, finish
from bridge.cli.options import Config, Json
from bridge.core.alerts import Alert, Message
from bridge.errors import ConfigError
from bridge.wiring import channels, now

NOBODY = "alerts: names nobody to tell; add webhook, command, urls or [alerts.email]"


def alert_test(config: Config = None, as_json: Json = False) -> None:
    """Send a test message through every channel of [alerts].

    Exit codes: 0 all took it, 1 one did not, 2 no channel is configured.
    """
    found = channels(settings_of(config))
    if not found:
        raise ConfigError(NOBODY)
    message = Message(now(), [Alert("test", "This is a test of Stockbridge's alerts; nothing is wrong.", now())])
    failed: dict[str, str | None] = dict.fromkeys(found)
    for name, channel in found.items():
        try:
            channel.send(message)
        except NotDeliveredError as fault:
            failed[name] = str(fault)
    if as_json:
        error = " ".join(f"{name}: {why}" for name, why in failed.items() if why)
        told = {name: {"ok": why is None, "error": why} for name, why in failed.items()}
        table.print_json({"channels": told} | ({"error": error} if error else {}))
    else:
        for name, why in failed.items():
            table.line(f"ok        {name}") if why is None else table.note(f"WRONG     {name}: {why}")
    finish(NEEDS_A_PERSON if any(failed.values()) else 0)
