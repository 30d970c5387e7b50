"""`web`: what is served over HTTP."""

import os
import re
from contextlib import closing
from pathlib import Path

from bridge.cli import table
from bridge.cli.begin import redis_of, settings_of
from bridge.cli.options import Config
from bridge.config import Settings
from bridge.config.values import host_of, is_loopback
from bridge.errors import ConfigError
from bridge.process import supervisor
from bridge.wiring import build

BUTTON_TIME_LIMIT = 5.0
"""Seconds for which a button of the page waits for a worker that is busy with the store."""


def web(config: Config = None) -> None:
    """Serve the page for people, the Inventory Update API for tills, and numbers for whoever watches.

    `/` shows whether all is well, what needs a person, and every store; with buttons for what the commands do.
    `/api/v1` offers the same to programs. `POST /api/product/inventory` as its document describes it, for the tills of
    [inbound]; `POST /webhooks/STORE` for what shops deliver; `/metrics`, `/readyz`, `/healthz`. Ctrl-C or SIGTERM ends
    it once open requests were answered, a second one at once. Listens where `bind` of [web] says, or on all addresses
    at the port in PORT. Reached from outside, the page needs `password`.

    Exit codes: 0 ended by hand, 1 the address is taken, 2 the configuration is wrong, 75 Redis is away.
    """
    settings, port_given = settings_of(config), os.environ.get("PORT", "")
    host, port = where(settings, port_given)
    try:
        with supervisor.ended_by_signals(), redis_of(settings, config) as url:
            _serve(settings, url, host, port, routed=is_routed(settings, port_given), config=config)
    except KeyboardInterrupt:
        table.note("web: ended; what was answered with success is kept.")


def _serve(settings: Settings, url: str, host: str, port: int, *, routed: bool, config: Path | None) -> None:
    """Until a signal ends it. url: of Redis. routed: see `is_routed`."""
    from bridge.web.access.guard import CLOSED, Guard  # noqa: PLC0415  (only whoever serves needs a server)
    from bridge.web.app import build_app  # noqa: PLC0415
    from bridge.web.inbound import PATH, Inbound  # noqa: PLC0415
    from bridge.web.probes import Probes  # noqa: PLC0415
    from bridge.web.ready import Readiness  # noqa: PLC0415
    from bridge.web.serve import listen, serve  # noqa: PLC0415
    from bridge.web.site import Site  # noqa: PLC0415
    from bridge.web.webhooks import Webhooks  # noqa: PLC0415

    outside, context = not is_loopback(host), build(settings, url, connections=1)
    context.state.refuse_another_merchant()
    guard = Guard(settings.web, outside=outside, proxied=routed)
    site = Site(build(settings, url, connections=1, retry_seconds=BUTTON_TIME_LIMIT), guard, config=config)
    with (
        closing(site), closing(Inbound(context)) as tills, closing(Webhooks(context)) as hooks,
        closing(listen(host, port)) as at,
    ):  # fmt: skip
        served = f"http://{host if ':' not in host else f'[{host}]'}:{at.getsockname()[1]}"
        named = ", ".join(settings.inbound) or "none is configured under [inbound]"
        table.note(f"web: listens on {served}{PATH}; tills: {named}; page: {served}/. Ctrl-C ends it.")
        if outside and not guard.asks_password:
            table.note(f"web: {CLOSED}")
        app = build_app(tills, hooks, Readiness(context), Probes(context, outside=outside), site)
        serve(app, at, site.live.end)


def is_routed(settings: Settings, port: str) -> bool:
    """Whether a host like Heroku gives the port, and so has a router in front of it. port: as in `where`."""
    return bool(port) and "bind" not in settings.web.model_fields_set


def where(settings: Settings, port: str) -> tuple[str, int]:
    """Host and port to listen on. port: what a host like Heroku says in PORT. Raises ConfigError."""
    chosen = settings.web
    if not is_routed(settings, port):
        return host_of(chosen.bind), int(chosen.bind.rpartition(":")[2])
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65_535:
        raise ConfigError("PORT: is no port; write a number up to 65535, or set `bind` under [web]")
    if wrong := chosen.together({**dict(chosen), "bind": f"0.0.0.0:{port}"}):
        raise ConfigError(f"web: {wrong}")
    return "0.0.0.0", int(port)  # noqa: S104  (the port that the host opens to the world)
