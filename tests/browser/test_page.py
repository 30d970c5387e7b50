"""What people do on the page, in a real browser: on a phone and at a desk, in the light and in the dark, by keyboard,
without scripts, two at once, and while the server goes away. Whatever goes wrong unseen fails the test: see Watch."""

import re
import signal
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import PASSWORD, SHOTS, VIEWER, Served, Watch

LOOKS = [(size, scheme) for size in ("phone", "desktop") for scheme in ("light", "dark")]
ADDRESSES = [
    "/", "/stores/main", "/stores/main/held?search=nothing-like-it", "/stores/main/quarantine", "/stores/main/unmapped",
    "/stores/main/drift", "/stores/main/changes", "/stores/main/left-alone", "/stores/main/runs",
    "/stores/main/do/release?search=SKU-0", "/stores/main/do/reject", "/stores/main/do/pause",
    "/stores/main/do/full-resync", "/skus", "/skus?search=sku-0", "/skus/SKU-03", "/skus/SKU-03?page=2", "/runs",
    "/settings",
]  # fmt: skip


def look_at(page: Page, name: str) -> None:
    """A picture of it, that nothing of it stands beside the screen, and what axe says."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is too wide"
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def decide(page: Page, link: str, button: str | re.Pattern[str]) -> None:
    """Press what leads to the question, and say yes."""
    page.get_by_role("link", name=link, exact=True).first.click()
    page.locator("section.ask").get_by_role("button", name=button).click()
    expect(page.locator(".told")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_every_page_is_sound(log_in: Callable[..., Page], opened: Callable[..., Page], size: str, scheme: str) -> None:
    door = opened(size, scheme)
    door.goto("/login")
    look_at(door, f"login-{size}-{scheme}")
    page = log_in(size, scheme)
    for address in ADDRESSES:
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        name = re.sub(r"[^a-z]+", "-", address.lower()).strip("-") or "overview"
        look_at(page, f"{name}-{size}-{scheme}")


@pytest.mark.parametrize(("size", "scheme"), [LOOKS[1], LOOKS[2]])
def test_a_working_day(log_in: Callable[..., Page], served: Served, size: str, scheme: str) -> None:
    """Release one, reject some, pause, resume, resync; the page follows what the worker does, without a reload."""
    harness = served.harness
    page = log_in(size, scheme)
    expect(page.get_by_role("heading", level=1)).to_have_text("Needs you")
    page.get_by_role("link", name="10 held for approval").first.click()
    assert page.url.endswith("/held")
    page.get_by_role("link", name="main", exact=True).first.click() if "main" not in page.url else None
    page.goto("/stores/main")

    decide(page, "Release SKU-03", "Release 1 lowering")
    expect(page.locator("tr", has_text="SKU-03")).to_contain_text("released, sent with the next cycle")
    harness.cycle()
    expect(page.locator("tr", has_text="SKU-03")).to_have_count(0)
    assert harness.main.shows("SKU-03") == 0

    page.get_by_label("A SKU or a name", exact=True).fill("sku-04")
    page.get_by_role("button", name="Filter").click()
    decide(page, "Reject what is shown…", "Reject 1 lowering")
    assert page.url.endswith("/stores/main/held?search=sku-04")
    expect(page.locator("tr", has_text="SKU-04")).to_contain_text("rejected")
    harness.cycle()
    assert harness.main.shows("SKU-04") == 10

    page.get_by_role("link", name="Show all", exact=True).click()
    decide(page, "Release all…", "Release 9 lowerings")
    harness.cycle()
    expect(page.locator(".empty")).to_contain_text("Nothing is held.")
    assert [harness.main.shows(f"SKU-{number:02}") for number in range(11)] == [0] * 10 + [10]

    decide(page, "Pause", "Pause")
    expect(page.locator("dl")).to_contain_text("by operator at 127.0.0.1 (page)")
    harness.warehouse.set_stock("SKU-15", 8)
    harness.cycle()
    assert harness.main.shows("SKU-15") == 10
    decide(page, "Resume", "Resume")
    harness.cycle()
    assert harness.main.shows("SKU-15") == 8

    decide(page, "Full resync", "Full resync")
    expect(page.get_by_text("Full resync: waits for a worker.")).to_be_visible()
    expect(page.locator("progress")).to_be_visible()
    harness.session()
    expect(page.get_by_text("The last resync was done")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_a_wrong_password_is_told_and_a_viewer_sees_no_buttons(opened: Callable[..., Page], watch: Watch) -> None:
    page = opened()
    page.goto("/stores/main")
    page.get_by_label("Password").fill("guess")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("That is not one of the passwords under [web].")
    assert [fault for fault in watch.forgive() if "401" not in fault] == []
    page.get_by_label("Password").fill(VIEWER)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/stores/main")  # where it was asked for
    expect(page.locator("tbody tr")).to_have_count(10)
    assert page.locator("a[href*='/do/']").count() == 0


def test_two_at_once(log_in: Callable[..., Page], watch: Watch, served: Served) -> None:
    """Each sees what the other does, and does nothing with what has changed since they looked."""
    one, other = log_in(), log_in(size="phone")
    for page in (one, other):
        page.goto("/stores/main")
    decide(one, "Reject SKU-05", "Reject 1 lowering")
    expect(other.locator("tr", has_text="SKU-05")).to_contain_text("rejected")  # without a reload
    other.get_by_role("link", name="Release all…").click()
    decide(one, "Reject SKU-06", "Reject 1 lowering")
    other.get_by_role("button", name="Release 10 lowerings").click()
    expect(other.get_by_role("alert")).to_contain_text("Nothing was done")
    assert [fault for fault in watch.forgive() if "409" not in fault] == []
    assert len(served.harness.state.decisions()) == 2
    other.get_by_role("button", name="Release 10 lowerings").click()
    expect(other.locator(".told")).to_contain_text("10 lowerings released")


def test_the_page_recovers_after_the_server_was_killed(
    log_in: Callable[..., Page], served: Served, watch: Watch
) -> None:
    page = log_in()
    page.goto("/stores/outlet")
    expect(page.locator("tbody tr")).to_have_count(10)
    expect(page.locator("#away")).to_be_hidden()
    served.end(signal.SIGKILL)
    expect(page.locator("#away")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(10)  # what was seen last stays
    served.harness.release("outlet")
    served.harness.cycle()
    served.start()
    expect(page.locator("#away")).to_be_hidden(timeout=60_000)
    expect(page.locator(".empty")).to_contain_text("Nothing is held.", timeout=60_000)
    away = re.compile("ERR_|Failed to fetch|network error")
    assert [fault for fault in watch.forgive() if not away.search(fault)] == []


def test_a_session_that_ends_leads_to_the_login(log_in: Callable[..., Page], served: Served, watch: Watch) -> None:
    page = log_in()
    page.context.clear_cookies()
    served.harness.release("outlet")  # news, for which the page asks
    page.wait_for_url("**/login")
    assert [fault for fault in watch.forgive() if "401" not in fault] == []


def test_by_keyboard_alone(opened: Callable[..., Page], served: Served) -> None:
    page = opened()
    page.goto("/")
    page.keyboard.type(PASSWORD)  # the field has the focus
    page.keyboard.press("Enter")
    page.wait_for_url(f"{served.url}/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    _tab_to(page, "main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/stores/main")
    _tab_to(page, "Release all…")
    page.keyboard.press("Enter")
    page.wait_for_url("**/do/release**")
    _tab_to(page, "Release 10 lowerings")
    page.keyboard.press("Enter")
    expect(page.locator(".told")).to_contain_text("10 lowerings released")


def _tab_to(page: Page, words: str) -> None:
    """Each stop on the way can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        outline: Any = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.locator(":focus").inner_text()
        if page.locator(":focus").inner_text().strip() == words:
            return
    raise AssertionError(f"no Tab leads to {words}")


def test_without_scripts(log_in: Callable[..., Page], served: Served) -> None:
    page = log_in(java_script_enabled=False)
    page.goto("/stores/main")
    decide(page, "Release SKU-03", "Release 1 lowering")
    served.harness.cycle()
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(9)
    assert served.harness.main.shows("SKU-03") == 0


def test_an_open_detail_and_half_a_word_outlive_news(log_in: Callable[..., Page], served: Served) -> None:
    """The page is followed while somebody works on it."""
    page = log_in()
    page.goto("/stores/main")
    page.get_by_label("A SKU or a name", exact=True).press_sequentially("half a wo")
    served.harness.release()
    served.harness.cycle()
    expect(page.locator("tbody tr")).to_have_count(0)
    expect(page.get_by_label("A SKU or a name", exact=True)).to_have_value("half a wo")
    expect(page.get_by_label("A SKU or a name", exact=True)).to_be_focused()


def test_from_a_search_to_why_the_shop_shows_it_and_to_its_chart(log_in: Callable[..., Page]) -> None:
    page = log_in()
    page.get_by_role("searchbox", name="Find a SKU or a name").press_sequentially("SKU-03")
    page.keyboard.press("Enter")
    page.wait_for_url("**/skus/SKU-03")
    expect(page.locator("main")).to_contain_text("Held for approval")
    expect(page.locator(".uplot canvas")).to_be_visible()
    page.get_by_role("link", name="Release").first.click()
    page.get_by_role("button", name="Release 1 lowering").click()
    expect(page.locator(".told")).to_contain_text("1 lowering released")
    assert page.url.endswith("/skus/SKU-03")


@pytest.mark.parametrize(("size", "scheme"), [LOOKS[0], LOOKS[3]])
def test_a_run_is_rolled_back(log_in: Callable[..., Page], served: Served, size: str, scheme: str) -> None:
    """By preview: what is put back is what was shown, and the store is paused. The server asks the shop itself."""
    harness = served.harness
    harness.warehouse.set_stock("SKU-15", 7)
    run = harness.cycle().run
    assert harness.main.shows("SKU-15") == 7
    with harness.main.listen(), harness["outlet"].listen():
        served.end()
        served.start()  # with the addresses of both shops
        page = log_in(size, scheme)
        page.goto(f"/runs/{run}")
        page.get_by_role("button", name="Roll back…").click()
        expect(page.get_by_role("heading", level=2, name="Would be put back")).to_contain_text("2")
        look_at(page, f"rollback-{size}-{scheme}")
        page.get_by_role("button", name="Put back 2 numbers and pause").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Rolled back run")
        look_at(page, f"rolled-back-{size}-{scheme}")
        page.goto("/stores/main")
        expect(page.get_by_role("link", name="Resume", exact=False).first).to_be_visible()
    assert (harness.main.shows("SKU-15"), harness["outlet"].shows("SKU-15")) == (10, 10)
