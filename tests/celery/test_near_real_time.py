"""From a shopper's click to the other shop, with everything real: shops that deliver over HTTP, `stockbridge web`, a
worker and beat. Polls are minutes apart, so that only a webhook can have told."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial

import httpx
import pytest

from connectors.testing.local import LocalStore, two_platforms
from tests.harness.ports import kept_port

from .conftest import Works, _end

SALES = int(os.environ.get("STOCKBRIDGE_SALES", "5"))
LONGEST = 60.0
"""Seconds on a machine that does much else, and far less than a poll; a sale takes one or two on one that does not."""


@pytest.fixture(params=two_platforms(), ids=lambda kind: kind.platform)
def platform(request: pytest.FixtureRequest) -> type[LocalStore]:
    found: type[LocalStore] = request.param
    return found


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bridge", *arguments]


def serve(works: Works, port: int) -> None:
    """`stockbridge web`, once it answers."""
    with (works.folder / "web.log").open("wb") as log:
        process = subprocess.Popen(command("web"), env=works.env, stdout=log, stderr=log, start_new_session=True)
    works.stack.callback(_end, process)

    def answers() -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        return False

    works.until(answers)


def shows(shop: LocalStore, sku: str, units: int) -> bool:
    return shop.shows(sku) == units


def test_a_sale_lowers_the_other_shop_within_seconds(works: Works) -> None:
    port = kept_port(works.stack)
    outlet = works.another_shop("outlet")
    for shop in (works.main, outlet):
        shop.rules = shop.signing
    web = f'[web]\nbind = "127.0.0.1:{port}"\npublic_url = "http://127.0.0.1:{port}"\n'
    source = works.local.section('poll = "5m"', works.source_url, "${THREEPLGUYS_TOKEN}")
    works.env["STOCKBRIDGE_CONFIG_TOML"] = "\n".join((web, source, works.main.section, outlet.section))
    for number in range(SALES + 1):
        works.add(f"SKU-{number}", 10)
        outlet.add(f"SKU-{number}", 10)
    subprocess.run(command("sync"), env=works.env, check=True, capture_output=True)
    serve(works, port)
    works.worker()
    works.beat()
    for store in ("main", "outlet"):
        subprocess.run(command("webhooks", store, "--register"), env=works.env, check=True, capture_output=True)
    took = []
    for number in range(SALES):
        began = time.monotonic()
        works.main.sell(f"SKU-{number}", 3)
        works.until(partial(shows, outlet, f"SKU-{number}", 7), LONGEST)
        took.append(time.monotonic() - began)
    print(f"seconds from a sale to the other shop: {[round(seconds, 2) for seconds in sorted(took)]}")  # noqa: T201
    assert [works.main.shows(f"SKU-{number}") for number in range(SALES)] == [7] * SALES
