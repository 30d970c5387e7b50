"""`web`: what is served over HTTP."""

import os
import re
from contextlib import closing

from bridge.cli import table
from bridge.cli.begin import redis_of, settings_of
from bridge.cli.options import Config
from bridge.config import Settings
from bridge.config.values import host_of, is_loopback
from bridge.errors import ConfigError
from bridge.process import supervisor
from bridge.wiring import build


def web(config: Config = None) -> None:
    """Serve the Inventory Update API to tills, and numbers to whoever watches.

    `POST /api/product/inventory` as its document describes it, for the tills of [inbound]; `/metrics`, `/readyz`,
    `/healthz`. Ctrl-C or SIGTERM ends it once open requests were answered, a second one at once. Listens where `bind`
    of [web] says, or on all addresses at the port in PORT.

    Exit codes: 0 ended by hand, 1 the address is taken, 2 the configuration is wrong, 75 Redis is away.
    """
    from bridge.web.app import build_app  # noqa: PLC0415  (only whoever serves needs a server)
    from bridge.web.inbound import PATH, Inbound  # noqa: PLC0415
    from bridge.web.probes import Probes  # noqa: PLC0415
    from bridge.web.ready import Readiness  # noqa: PLC0415
    from bridge.web.serve import listen, serve  # noqa: PLC0415

    settings = settings_of(config)
    host, port = where(settings, os.environ.get("PORT", ""))
    try:
        with supervisor.ended_by_signals(), redis_of(settings, config) as url:
            context = build(settings, url, connections=1)
            context.state.refuse_another_merchant()
            with closing(Inbound(context)) as tills, closing(listen(host, port)) as at:
                served = f"http://{host if ':' not in host else f'[{host}]'}:{at.getsockname()[1]}"
                named = ", ".join(settings.inbound) or "none is configured under [inbound]"
                table.note(f"web: listens on {served}{PATH}; tills: {named}. Ctrl-C ends it.")
                serve(build_app(tills, Readiness(context), Probes(context, outside=not is_loopback(host))), at)
    except KeyboardInterrupt:
        table.note("web: ended; what was answered with success is kept.")


def where(settings: Settings, port: str) -> tuple[str, int]:
    """Host and port to listen on. port: what a host like Heroku says in PORT. Raises ConfigError."""
    chosen = settings.web
    if not port or "bind" in chosen.model_fields_set:
        return host_of(chosen.bind), int(chosen.bind.rpartition(":")[2])
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65_535:
        raise ConfigError("PORT: is no port; write a number up to 65535, or set `bind` under [web]")
    if wrong := chosen.together({**dict(chosen), "bind": f"0.0.0.0:{port}"}):
        raise ConfigError(f"web: {wrong}")
    return "0.0.0.0", int(port)  # noqa: S104  (the port that the host opens to the world)
