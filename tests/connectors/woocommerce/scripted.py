"""A WooCommerce store that answers as a test tells it to, with recorded answers too."""

import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3.response import HTTPResponse

from connectors.woocommerce.options import Options
from connectors.woocommerce.sandbox import KEY, SECRET
from connectors.woocommerce.store import WooCommerceStore

Connect = Callable[..., WooCommerceStore]
Answer = tuple[int, Mapping[str, str], bytes]
URL = "https://shop.example"
RECORDED = Path(__file__).parent / "recorded"


def options(**given: Any) -> Options:
    return Options.model_validate({"url": URL, "consumer_key": KEY, "consumer_secret": SECRET, **given})


class Script(HTTPAdapter):
    """Gives answers in their order and keeps what it was asked. An answer: (status, headers, body), the name of a
    recording, JSON for a 200, or an exception."""

    def __init__(self, *answers: object) -> None:
        super().__init__()
        self.answers = list(answers)
        self.requests: list[requests.PreparedRequest] = []
        self.timeouts: list[Any] = []

    def send(
        self, request: requests.PreparedRequest, stream: bool = False, timeout: Any = None, *_: Any, **__: Any
    ) -> requests.Response:
        self.requests.append(request)
        self.timeouts.append(timeout)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = recorded(answer) if isinstance(answer, str) else whole(answer)
        raw = HTTPResponse(body=io.BytesIO(body), headers=headers, status=status, preload_content=False)
        return self.build_response(request, raw)

    @property
    def asked(self) -> list[str]:
        """Without what passes caches by."""
        return [re.sub(r"[?&]_skip_cache=1&_t=\w+", "", f"{one.method} {one.path_url}") for one in self.requests]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(cast("bytes", request.body)) if request.body else None for request in self.requests]


def whole(answer: object) -> Answer:
    if isinstance(answer, tuple):
        status, headers, body = answer
        return status, headers, body if isinstance(body, bytes) else json.dumps(body).encode()
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def recorded(number: str) -> Answer:
    """ "17" → the real answer of that file."""
    (file,) = RECORDED.glob(f"{number}_*.json")
    response = json.loads(file.read_text(encoding="utf-8"))["response"]
    body = json.dumps(response["json"]) if "json" in response else response["text"]
    return response["status"], response["headers"], body.encode()


def answer_of(number: str) -> Any:
    """The JSON of a recording."""
    return json.loads(recorded(number)[2])
