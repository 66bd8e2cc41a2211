"""What a function returned, as a response: payload format 2.0."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
from typing import Any, Final

from local.http_api.messages import HOP_BY_HOP, Headers, Response, internal_server_error

SET_BY_THE_GATEWAY: Final = HOP_BY_HOP | {"content-length", "date", "server"}
HEADER_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

logger = logging.getLogger(__name__)


def response_of(payload: str) -> Response:
    """Return the response that a function's result means.

    Args:
        payload: what the function returned, as JSON.

    Raises:
        Refusal: the result has a status code and is no response all the same.
    """
    result = json.loads(payload)
    if not isinstance(result, dict) or "statusCode" not in result:
        return Response(200, (("content-type", "application/json"),), payload.encode())
    try:
        return _formatted(result)
    except (TypeError, ValueError) as error:
        logger.warning("a function's result is no response: %s", error)
        raise internal_server_error() from error


def _formatted(result: dict[str, Any]) -> Response:
    headers = _headers(result.get("headers") or {})
    headers += tuple(("set-cookie", _text(cookie)) for cookie in result.get("cookies") or [])
    if "content-type" not in {name.lower() for name, _ in headers}:
        headers += (("content-type", "text/plain;charset=UTF-8"),)
    return Response(
        _status(result["statusCode"]),
        headers,
        _body(result.get("body"), encoded=result.get("isBase64Encoded") is True),
    ).without(SET_BY_THE_GATEWAY)


def _status(value: object) -> int:
    status = int(value) if isinstance(value, (int, str)) else 0
    if not 200 <= status <= 599:
        raise ValueError(f"statusCode is {value!r}")
    return status


def _headers(given: object) -> Headers:
    if not isinstance(given, dict):
        raise TypeError("headers are not an object")
    for name in given:
        if not HEADER_NAME.fullmatch(name):
            raise ValueError(f"a header is named {name!r}")
    return tuple((name, _text(value)) for name, value in given.items())


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int, float)):
        raise TypeError(f"a header's value is {value!r}")
    text = str(value)
    if CONTROL.search(text):
        raise ValueError(f"a header's value is {value!r}")
    text.encode("latin-1")  # the characters that HTTP has
    return text


def _body(value: object, *, encoded: bool) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, str):
        raise TypeError("body is not a text")
    if not encoded:
        return value.encode()
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"body is not base64: {error}") from error
