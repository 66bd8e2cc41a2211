"""Parts of answers that are kept whole, and answers that a viewer has already."""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from local.http_api.messages import Response

if TYPE_CHECKING:
    from local.http_api.messages import Request

ONE_RANGE: Final = re.compile(r"bytes=(?:(\d+)-(\d*)|-(\d+))")


def for_viewer(request: Request, whole: Response) -> Response:
    """Return what a viewer gets of an answer that is kept whole.

    Args:
        request: the viewer's; its conditions and its one range are honoured, several ranges
            are answered with the whole.
        whole: with status 200.
    """
    headers = {name.lower(): value for name, value in whole.headers}
    etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
    if _is_known(request, etag, modified):
        return replace(whole, status=304, body=b"").without(("content-type",))
    wanted = ONE_RANGE.fullmatch(request.header("range"))
    current = request.header("if-range") in ("", etag, modified)
    if wanted is None or not current:
        return whole
    return _part(whole, wanted)


def _part(whole: Response, wanted: re.Match[str]) -> Response:
    size = len(whole.body)
    first_text, last_text, suffix = wanted.groups()
    if suffix is not None:
        first, last = max(0, size - int(suffix)), size - 1
    else:
        first, last = int(first_text), min(int(last_text or size - 1), size - 1)
    if first > last or suffix == "0":
        return Response(416, (("content-range", f"bytes */{size}"),))
    part = replace(whole, status=206, body=whole.body[first : last + 1])
    return part.having(("content-range", f"bytes {first}-{last}/{size}"))


def _is_known(request: Request, etag: str, modified: str) -> bool:
    if known := request.header("if-none-match"):
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return "*" in tags or etag.removeprefix("W/") in tags
    since = request.header("if-modified-since")
    if not since or not modified:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False  # a date that cannot be read is no condition
