"""Services that apprise knows, against a real other side on this machine."""

import json
import logging
import subprocess
import sys
import time
from logging.handlers import BufferingHandler
from typing import Any

import pytest
from pydantic import SecretStr

from bridge.alerts import NotDeliveredError
from bridge.alerts.urls import Service
from bridge.config import parse
from bridge.core.alerts import Message
from bridge.errors import ConfigError
from bridge.wiring import channels
from connectors.testing.clock import ManualClock
from connectors.testing.http import DroppedError, Response
from connectors.testing.local import two_platforms

SECRET = "very-secret-path"
STORE = two_platforms()[0]("main", ManualClock()).section
CONFIG = f'[source]\ntoken = "tok-1234567890"\n{STORE}[alerts]\n'


def service(hook: Any, more: str = "") -> Service:
    return Service("urls.1", SecretStr(hook.url.replace("http://", "json://") + more))


def refusal(channel: Service, message: Message) -> str:
    with pytest.raises(NotDeliveredError) as caught:
        channel.send(message)
    assert caught.value.__context__ is None or caught.value.__suppress_context__  # a traceback would show it
    return str(caught.value)


def test_a_service_is_sent_the_message(hook: Any, message: Message) -> None:
    service(hook).send(message)
    (heard,) = hook.heard
    assert (heard.method, heard.path) == ("POST", f"/services/T0/B0/{SECRET}")
    told = json.loads(heard.body)
    assert told["title"] == "Stockbridge"
    assert "8 lowerings are held <!here> & ü (held:main)" in told["message"]


@pytest.mark.parametrize(
    ("answer", "more"),
    [
        pytest.param(Response(404), "", id="gone"),
        pytest.param(Response(500), "?optional=yes", id="broken, and called optional"),
        pytest.param(Response(302, {"Location": "/services/other"}), "", id="redirect"),
        pytest.param(DroppedError(), "", id="hangs up"),
    ],
)
def test_a_service_that_does_not_take_it_is_named_without_its_address(
    hook: Any, message: Message, answer: Response | DroppedError, more: str, capfd: pytest.CaptureFixture[str]
) -> None:
    hook.answer = answer
    listener = BufferingHandler(1_000)
    library = logging.getLogger("apprise")
    library.addHandler(listener)
    try:
        said = refusal(service(hook, more), message)
    finally:
        library.removeHandler(listener)
    assert "alerts.urls.1 (json://) did not take the message" in said
    assert (len(hook.heard), listener.buffer) == (1, [])
    assert SECRET not in said + "".join(capfd.readouterr())


def test_a_service_that_does_not_answer_is_left(hook: Any, message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.alerts.urls.SECONDS", 0.3)
    hook.answer = DroppedError("stalled")
    began = time.monotonic()
    assert "did not take the message" in refusal(service(hook, "?rto=20"), message)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("url", ["nosuchservice://very-secret-path/x", "tgram://very-secret-path"])
def test_an_address_of_no_service_is_told_without_its_keys(url: str, message: Message) -> None:
    said = refusal(Service("urls.2", SecretStr(url)), message)
    assert f"alerts.urls.2 ({url.partition(':')[0]}://) is no address that apprise knows" in said
    assert SECRET not in said


def test_an_error_of_a_service_never_quotes_the_address(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(url: str, **_: object) -> None:
        raise RuntimeError(url)

    monkeypatch.setattr("apprise.Apprise.instantiate", breaks)
    said = refusal(Service("urls.1", SecretStr(f"json://127.0.0.1/{SECRET}")), message)
    assert "broke down (RuntimeError)" in said
    assert SECRET not in said


# -- configuration -------------------------------------------------------------------------------------


def test_each_address_is_a_channel_of_its_own_and_a_secret() -> None:
    lines = 'urls = ["${TEAMS_URL}", "tgram://123456789:abcdefghijklm/77"]\nwebhook = "https://chat.example/x"'
    settings = parse(CONFIG + lines, {"TEAMS_URL": "msteams://host/one-long-secret-part/second-long-secret-part/3"})
    assert tuple(channels(settings)) == settings.alerts.channels == ("webhook", "urls.1", "urls.2")
    assert "one-long-secret-part" not in repr(settings)
    assert {"one-long-secret-part", "second-long-secret-part"} <= settings.secrets()


@pytest.mark.parametrize(
    ("urls", "words"),
    [
        pytest.param('["json://hook.example/very-secret-path"]', "plain http, which everybody", id="plain"),
        pytest.param('["very-secret-path"]', "is no address of a service", id="no scheme"),
        pytest.param("[]", "alerts.urls:", id="none"),
    ],
)
def test_an_address_that_cannot_be_right_is_a_fault_of_the_configuration(urls: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"{CONFIG}urls = {urls}", {})
    (fault,) = caught.value.faults
    assert words in fault
    assert SECRET not in fault


def test_without_the_extra_one_sentence_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError) as caught:
        parse(f'{CONFIG}urls = ["msteams://a/b/c/d", "tgram://a/b"]', {})
    (fault,) = caught.value.faults
    assert fault.startswith("alerts.urls: needs the package apprise; type ")
    assert fault.endswith('-m pip install "stockbridge[alerts]"')
    assert parse(f'{CONFIG}webhook = "https://chat.example/x"', {}).alerts.channels == ("webhook",)


@pytest.mark.parametrize(("lines", "loaded"), [('urls = ["json://127.0.0.1/x"]', True), ("max_refused = 1", False)])
def test_apprise_is_imported_only_where_urls_is_set(lines: str, loaded: bool) -> None:
    program = (
        "import sys; from bridge.config import parse; from bridge.wiring import channels;"
        "channels(parse(sys.argv[1], {})); print('apprise' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, CONFIG + lines], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(loaded)
