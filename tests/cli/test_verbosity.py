"""What the log says of trouble, and how loud a command is."""

import io
import json
from typing import Any

from bridge import log
from bridge.config import load
from bridge.sync import run_round
from bridge.wiring import build


def logged(desk: Any) -> dict[str, str]:
    """Event → level of one round as a worker does it."""
    stream = io.StringIO()
    settings = load()
    log.configure(settings.secrets(), stream=stream, console=False)
    shell = build(settings, settings.redis_url or "", patience=0)
    run_round(shell)
    shell.state.db.close()
    return {line["event"]: line["level"] for line in map(json.loads, stream.getvalue().splitlines())}


def test_a_revoked_key_of_a_store_is_an_error_of_the_log(synced: Any) -> None:
    desk = synced({"A": 5})
    assert logged(desk)["run"] == "info"
    desk.sandbox.tokens.revoke_all()
    assert logged(desk)["store trouble"] == "error"


def test_a_revoked_token_of_the_warehouse_is_an_error_of_the_log(synced: Any) -> None:
    desk = synced({"A": 5})
    desk.source.tokens = {}
    assert logged(desk)["pull failed"] == "error"


def test_a_store_that_fails_for_a_while_is_none(synced: Any) -> None:
    desk = synced({"A": 5})
    desk.sandbox.faults.add("status", status=503, times=-1)
    assert logged(desk)["store trouble"] == "info"
