"""/_control: the hands of whoever drives a served sandbox. Outside /v0, without token or budget.

    POST /_control/add        {"sku", "units"?: int | {warehouse: int}, "name"?}
    POST /_control/set_stock  {"product", "units", "warehouse"?}      also receive, forward
    POST /_control/delete     {"product"}                             also restore
    POST /_control/recreate   {"product", "units"?}
    POST /_control/rename     {"product", "name"}
    POST /_control/garble     {"product", FIELD: what its row says of it, …}
    POST /_control/spoil      {"product", "breaks"?}                  every page that holds its row fails
    POST /_control/fault      {"kind", "times"?, "after"?}
    POST /_control/switch     {any field of Switches: value}
    POST /_control/clock      {"move": seconds} | {"freeze": ISO 8601}
    GET  /_control/state      → {"now", "products", "calls": {path: count}}
    GET  /_control/stock      → {SKU: {warehouse: units}} of the live products
    GET  /_control/struck     → {kind of fault: how often it struck}

`product` is an id or the SKU of a live product. Answers are JSON; a refusal is 400 with `error`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from bridge.threeplguys.sandbox.face import Sandbox
from bridge.threeplguys.sandbox.http import Answer, Handler, Request
from bridge.threeplguys.sandbox.rows import Switches, level_row
from bridge.threeplguys.sandbox.world import Clock, Item, Order, Refused

PREFIX = "/_control/"
Act = Callable[[Sandbox, dict[str, Any]], object]


def control(sandbox: Sandbox) -> Handler:
    """The sandbox's answers with /_control beside them: what `serve` is given."""

    def handle(request: Request) -> Answer:
        if not request.path.startswith(PREFIX):
            return sandbox.answer(request)
        with sandbox.lock:
            return _obeyed(sandbox, request)

    return handle


def _obeyed(sandbox: Sandbox, request: Request) -> Answer:
    try:
        body = json.loads(request.body or b"{}")
        result = _act(request.path.removeprefix(PREFIX))(sandbox, body)
    except (Refused, ValueError, TypeError, KeyError) as fault:
        return Answer(400, json.dumps({"error": str(fault)}).encode(), {"Content-Type": "application/json"})
    shown = level_row(result, sandbox.world, sandbox.switches) if isinstance(result, Item) else result
    return Answer(200, json.dumps(shown).encode(), {"Content-Type": "application/json"})


def _act(name: str) -> Act:
    if name in _WORLD:
        return lambda sandbox, body: getattr(sandbox.world, name)(**body)
    if name not in _ACTS:
        raise Refused(f"No such control: {name}")
    return _ACTS[name]


def _fault(sandbox: Sandbox, body: dict[str, Any]) -> object:
    sandbox.faults.plan(**body)
    return {}


def _switch(sandbox: Sandbox, body: dict[str, Any]) -> object:
    known = {switch.name for switch in fields(Switches)}
    for name, value in body.items():
        if name not in known:
            raise Refused(f"No such switch: {name}")
        setattr(sandbox.switches, name, Order(value) if name == "order" else value)
    return {}


def _clock(sandbox: Sandbox, body: dict[str, Any]) -> object:
    clock = sandbox.world.clock
    if not isinstance(clock, Clock):
        raise Refused("This sandbox's clock is somebody else's")
    if "freeze" in body:
        clock.freeze(datetime.fromisoformat(body["freeze"]))
    clock.move(timedelta(seconds=body.get("move", 0)))
    return {"now": clock().isoformat()}


def _state(sandbox: Sandbox, _: dict[str, Any]) -> object:
    return {"now": sandbox.world.clock().isoformat(), "products": len(sandbox.world), "calls": dict(sandbox.calls)}


def _stock(sandbox: Sandbox, _: dict[str, Any]) -> object:
    items = sandbox.world.listing(Order.ID)
    return {item.sku: item.units for item in items}


_WORLD = frozenset(
    {"add", "set_stock", "receive", "forward", "delete", "restore", "recreate", "rename", "garble", "spoil"}
)
_ACTS: Mapping[str, Act] = {
    "fault": _fault,
    "switch": _switch,
    "clock": _clock,
    "state": _state,
    "stock": _stock,
    "struck": lambda sandbox, _: dict(sandbox.faults.struck),
}
