"""A person before the page: asks over the real application, and keeps the cookies that a browser would."""

import re
from typing import Any

import httpx

PASSWORD, VIEWER, TOKEN = "of-the-operators", "of-the-viewers", "a-token-of-a-program"
LOCKED = f'[web]\npassword = "{PASSWORD}"\nviewer_password = "{VIEWER}"\ntoken = "{TOKEN}"\n'
HERE = {"Host": "127.0.0.1:8321"}
SAME = {**HERE, "Sec-Fetch-Site": "same-origin"}


class Person:
    """till: what tests/web/conftest.py builds. headers: sent with everything."""

    def __init__(self, till: Any, headers: dict[str, str] | None = None) -> None:
        self.till, self.headers, self.cookies = till, headers or SAME, dict[str, str]()

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **named: Any) -> httpx.Response:
        kept = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        answer: httpx.Response = self.till.ask(
            method, path, token=None, headers={**self.headers, **kept, **(headers or {})}, **named
        )
        for line in answer.headers.get_list("set-cookie"):
            name, value = re.match("([^=]+)=([^;]*)", line).groups()  # type: ignore[union-attr]
            self.cookies[name] = value.strip('"')
            if not self.cookies[name]:
                del self.cookies[name]
        return answer

    def get(self, path: str = "/", **named: Any) -> httpx.Response:
        return self.ask("GET", path, **named)

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        return self.ask("POST", path, headers, data=fields)

    def log_in(self, password: str = PASSWORD) -> "Person":
        assert self.post("/login", password=password).status_code == 303
        return self


def text_of(answer: httpx.Response) -> str:
    """What a person reads: the page without its tags, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
