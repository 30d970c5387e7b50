"""Every channel against a real other side: what arrives, and what is said when it does not."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bridge.alerts import NotDeliveredError
from bridge.alerts.call import MOST
from bridge.alerts.command import Command
from bridge.alerts.mail import Mail
from bridge.alerts.webhook import Webhook
from bridge.config import EmailSettings
from bridge.core.alerts import Message
from connectors.testing.http import DroppedError, Response

from .post import CERTIFICATE, PostOffice, open_for_business

PASSWORD = "app password-1"


def refusal(send: Callable[[], None]) -> str:
    with pytest.raises(NotDeliveredError) as caught:
        send()
    return str(caught.value)


# -- webhook -------------------------------------------------------------------------------------------


def test_a_webhook_is_sent_slacks_json_with_foreign_text_escaped(hook: Any, message: Message) -> None:
    Webhook(SecretStr(hook.url)).send(message)
    (heard,) = hook.heard
    assert (heard.method, heard.path) == ("POST", "/services/T0/B0/very-secret-path")
    assert heard.headers["content-type"] == "application/json"
    told = json.loads(heard.body)
    assert list(told) == ["text"]
    assert "8 lowerings are held &lt;!here&gt; &amp; ü (held:main)" in told["text"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Response(404), "refused the message (HTTP 404); make a new webhook", id="gone"),
        pytest.param(Response(409), "takes no message now (HTTP 409)", id="busy"),
        pytest.param(Response(429), "takes no message now (HTTP 429)", id="too many"),
        pytest.param(Response(500), "takes no message now (HTTP 500)", id="broken"),
        pytest.param(Response(302, {"Location": "http://127.0.0.1:9/x"}), "redirects (HTTP 302)", id="redirect"),
        pytest.param(DroppedError(), "broke off", id="hangs up"),
    ],
)
def test_a_webhook_that_does_not_take_it_is_named_without_its_address(
    hook: Any, message: Message, answer: Response | DroppedError, words: str
) -> None:
    hook.answer = answer
    said = refusal(lambda: Webhook(SecretStr(hook.url)).send(message))
    assert words in said
    assert "secret-path" not in said
    assert len(hook.heard) == 1


def test_a_webhook_that_nobody_serves(message: Message) -> None:
    assert "cannot be reached" in refusal(lambda: Webhook(SecretStr("http://127.0.0.1:9/x")).send(message))


def test_a_webhook_that_does_not_answer_is_left(hook: Any, message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.alerts.call.SECONDS", 0.2)
    hook.answer = DroppedError("stalled")
    began = time.monotonic()
    assert "did not answer" in refusal(lambda: Webhook(SecretStr(hook.url)).send(message))
    assert time.monotonic() - began < 3


def test_of_an_answer_only_so_much_is_read(hook: Any, message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    whole = httpx.Response.iter_raw

    def counted(self: httpx.Response, chunk_size: int | None = None) -> Any:
        for chunk in whole(self, chunk_size):
            read.append(len(chunk))
            yield chunk

    monkeypatch.setattr(httpx.Response, "iter_raw", counted)
    hook.answer = Response(200, body=b"x" * (40 * MOST))
    Webhook(SecretStr(hook.url)).send(message)
    assert MOST < sum(read) < 4 * MOST


# -- e-mail --------------------------------------------------------------------------------------------


def mail(office: PostOffice, **more: Any) -> Mail:
    given = {"host": "127.0.0.1", "port": office.port, "from": "bridge@example.com", "to": ["ops@example.com"]}
    return Mail(EmailSettings.model_validate({**given, **more}))


def trust(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


LOGIN = {"user": SecretStr("ops"), "password": SecretStr(PASSWORD)}
OPS = {"ops": PASSWORD}
WAYS = [
    pytest.param("starttls", False, LOGIN, id="STARTTLS"),
    pytest.param("tls", True, LOGIN, id="TLS"),
    pytest.param("none", False, {}, id="this machine"),
]


@pytest.mark.parametrize(("security", "tls", "login"), WAYS)
def test_a_letter_arrives(
    message: Message, monkeypatch: pytest.MonkeyPatch, security: str, tls: bool, login: dict[str, Any]
) -> None:
    trust(monkeypatch)
    with open_for_business(PostOffice(OPS if login else {}, tls=tls)) as office:
        mail(office, security=security, to=["a@example.com", "b@example.com"], **login).send(message)
    ((to, letter),) = office.letters
    assert to == ["a@example.com", "b@example.com"]
    assert (letter["Subject"], letter["From"]) == ("Stockbridge: held:main began", "bridge@example.com")
    assert letter["To"] == "a@example.com, b@example.com"
    assert letter["Date"] == "Fri, 20 Nov 2026 12:00:00 +0000"
    assert letter["Message-ID"].endswith("@example.com>")
    assert "8 lowerings are held <!here> & ü (held:main)" in letter.get_content()
    assert ("STARTTLS" in office.heard) is (security == "starttls")


@pytest.mark.parametrize(("security", "tls", "login"), WAYS[:2])
def test_no_word_is_said_to_a_server_nobody_vouches_for(
    message: Message, security: str, tls: bool, login: dict[str, Any]
) -> None:
    with open_for_business(PostOffice(OPS, tls=tls)) as office:
        said = refusal(lambda: mail(office, security=security, **login).send(message))
    assert "has a certificate that is not valid" in said
    assert not {"AUTH", "DATA"} & set(office.heard)


@pytest.mark.parametrize(
    ("office", "words"),
    [
        pytest.param(PostOffice({"ops": "other"}), "does not accept user and password", id="login"),
        pytest.param(PostOffice(starttls=False), "offers no STARTTLS", id="no STARTTLS"),
        pytest.param(PostOffice(OPS, refuses={"MAIL": "550 no"}), "refused the sender", id="sender"),
        pytest.param(PostOffice(OPS, refuses={"RCPT": "550 no"}), "refused every recipient", id="recipients"),
        pytest.param(PostOffice(OPS, refuses={"DATA": "451 no"}), "refused the message; it is tried again", id="full"),
        pytest.param(PostOffice(refuses={"EHLO": ""}), "did not answer, or broke off", id="hangs up"),
        pytest.param(PostOffice(tls=True), "did not answer, or broke off", id="TLS where STARTTLS was expected"),
    ],
)
def test_a_server_that_refuses_is_told_with_the_remedy(
    message: Message, monkeypatch: pytest.MonkeyPatch, office: PostOffice, words: str
) -> None:
    trust(monkeypatch)
    if office.tls:  # both sides wait for the other one's first word; all else is said in its own time
        monkeypatch.setattr("bridge.alerts.mail.SECONDS", 0.5)
    with open_for_business(office):
        said = refusal(lambda: mail(office, **LOGIN).send(message))
    assert words in said
    assert "[alerts.email]" in said or "tried again" in said or "security" in said
    assert PASSWORD not in said
    assert office.letters == []


def test_plain_speech_where_tls_is_expected(message: Message) -> None:
    with open_for_business(PostOffice()) as office:
        assert "does not speak TLS" in refusal(lambda: mail(office, security="tls").send(message))


def test_nobody_at_the_port(message: Message) -> None:
    assert "cannot be reached" in refusal(lambda: mail(PostOffice(port=9)).send(message))


def test_a_letter_that_was_taken_is_delivered_however_the_conversation_ends(message: Message) -> None:
    with open_for_business(PostOffice(refuses={"QUIT": ""})) as office:
        mail(office, security="none").send(message)
    assert len(office.letters) == 1


# -- command -------------------------------------------------------------------------------------------


@pytest.fixture
def pager(tmp_path: Path) -> Callable[[str], str]:
    """A program of the merchant's own."""

    def write(body: str) -> str:
        path = tmp_path / "page-me"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o700)
        return str(path)

    return write


def test_a_command_gets_the_message_as_json_and_its_arguments_as_they_are(
    pager: Callable[[str], str], tmp_path: Path, message: Message
) -> None:
    out = tmp_path / "out"
    Command([pager('cat > "$1"; printf "\\n%s" "$2" >> "$1"'), str(out), "$(touch x); *"]).send(message)
    told, argument = out.read_text().split("\n")
    assert argument == "$(touch x); *"
    assert json.loads(told) == message.as_dict()
    assert json.loads(told)["began"][0]["name"] == "held:main"


def test_a_command_that_reads_nothing_is_no_failure(pager: Callable[[str], str], message: Message) -> None:
    Command([pager("exec 0<&-")]).send(message)


@pytest.mark.parametrize(
    ("body", "words"),
    [("exit 3", "ended with code 3"), ("kill -TERM $$", "ended by signal 15")],
)
def test_a_command_that_fails(pager: Callable[[str], str], message: Message, body: str, words: str) -> None:
    said = refusal(lambda: Command([pager(body), "key-1234"]).send(message))
    assert words in said
    assert "page-me" in said
    assert "key-1234" not in said


@pytest.mark.parametrize("name", ["/nowhere/page-me", "a\0b"])
def test_a_command_that_is_none(message: Message, name: str) -> None:
    assert "cannot be run" in refusal(lambda: Command([name]).send(message))


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(
    pager: Callable[[str], str], tmp_path: Path, message: Message
) -> None:
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    program = pager(f"(exec 3> {fifo}; echo here >&3; sleep 60) &\nsleep 60")
    assert "was ended after 1 s" in refusal(lambda: Command([program], seconds=1.0).send(message))
    os.set_blocking(reader, True)
    assert os.read(reader, 9) == b"here\n"
    assert os.read(reader, 9) == b""  # nobody holds the other end any more
    os.close(reader)
