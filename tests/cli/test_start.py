"""A command imports what it uses: figures are in `bench.start`, here it is counted, which no busy machine changes."""

import inspect
import subprocess
import sys

import pytest

from bridge.cli.commands import COMMANDS, ListedCommand
from connectors.testing.clock import ManualClock
from connectors.testing.local import two_platforms

HELP = """
import sys
from bridge.cli import run
code = run(["--help"])
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""

EACH = """
import sys
from bridge.cli.commands import COMMANDS, ListedCommand
for name, place in COMMANDS.items():
    ListedCommand(name, place).imported()
print(*sorted(sys.modules), file=sys.stderr)
"""

HTTP = {"httpx", "httpcore", "requests", "urllib3", "shopify", "woocommerce", "smtplib"}
LATE = {"celery", "kombu", "graphql", "apprise", "rich.console", "rich.progress", "fastapi", "opentelemetry"}


def loaded(program: str) -> tuple[str, set[str]]:
    """What a fresh interpreter prints, and the modules it holds afterwards."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout, set(done.stderr.split())


def test_the_list_of_commands_imports_none_of_them() -> None:
    text, modules = loaded(HELP)
    assert "Is all well, and if not, who has to act?" in text
    assert sorted(m for m in modules if m.startswith(("bridge.", "connectors"))) == [
        "bridge.cli", "bridge.cli.app", "bridge.cli.commands", "bridge.cli.interrupt", "bridge.cli.loudness",
    ]  # fmt: skip
    assert not modules & (HTTP | LATE | {"asyncio", "msgspec", "orjson", "pydantic", "redis", "structlog"})


def test_no_command_imports_what_speaks_http_or_runs_tasks_before_it_works() -> None:
    assert not loaded(EACH)[1] & (HTTP | LATE | {"structlog"})


def test_the_state_of_affairs_needs_no_log_and_no_client_of_the_warehouse() -> None:
    modules = loaded("import sys, bridge.cli.status; print(*sorted(sys.modules), file=sys.stderr)")[1]
    assert not modules & {"structlog", "bridge.threeplguys", "bridge.ops.catalog"}


CONFIGURED = """
import sys
from bridge.celery import configured
from bridge.wiring import build, import_connectors
context = build(*configured())
print(*sorted(sys.modules), file=sys.stderr)
import_connectors(context)
print(*sorted(sys.modules))
"""


def test_what_speaks_to_a_shop_is_imported_by_workers_and_not_to_read_a_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before a worker's children are forked, which share the memory of it."""
    shop = two_platforms()[0]("main", ManualClock())
    monkeypatch.setenv("STOCKBRIDGE_CONFIG_TOML", f'[source]\ntoken = "tok-1234567890"\n{shop.section}')
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    by_workers, by_commands = loaded(CONFIGURED)
    assert not by_commands & HTTP
    assert set(by_workers.split()) & {"httpx", "requests"}


def test_only_whoever_serves_imports_what_the_api_is_made_of() -> None:
    """The tasks of a worker do not, and `stockbridge web` does, which shows that this test could fail."""
    telling = "print(*sorted(sys.modules), file=sys.stderr)"
    assert not loaded(f"import sys, bridge.tasks, bridge.status_report, bridge.metrics; {telling}")[1] & {"fastapi"}
    assert {"fastapi", "starlette"} <= loaded(f"import sys, bridge.web.app; {telling}")[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_it_says_of_itself(name: str) -> None:
    command = ListedCommand(name, COMMANDS[name]).imported()
    own = inspect.getdoc(command.callback)
    assert own is not None
    assert (command.name, own.splitlines()[0]) == (name, COMMANDS[name].sentence)
