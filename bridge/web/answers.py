"""What every address answers with, and who may ask."""

import hmac
from collections.abc import Mapping

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

FRESH = {"Cache-Control": "no-store"}


def refusal(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    """In the form of the Inventory Update API's document."""
    return JSONResponse({"error": sentence}, status, headers)


def bears(request: Request, token: SecretStr) -> bool:
    """Whether a request brings this bearer token; how long that takes tells nothing of the token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(token.get_secret_value().encode(), given.strip().encode())
    return same and scheme.lower() == "bearer"
