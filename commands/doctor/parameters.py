"""Whether the stage's parameters were filled in, and make sense by themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from commands.doctor.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands.doctor.findings import Subject

_EXAMPLE: Final = re.compile(r"(?:^|[@/.])example\.(?:com|net|org)\b|\.example\b")
_FIREWALL: Final = re.compile(r"arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global/webacl/.+")
_AT_HOME: Final = ("localhost", "127.0.0.1")


def examples(subject: Subject) -> Iterator[Finding]:
    """Whether parameters still hold the values that only show their form."""
    left = [name for name, value in subject.parameters.items() if _EXAMPLE.search(value)]
    for name in left:
        yield Finding(
            name,
            "problem",
            f"is still the example {subject.parameters[name]}",
            f'Give your own: --param="{name}=…", or write it under `{subject.stage}` in '
            "resources/parameters.yml.",
        )
    if not left:
        yield Finding("parameters", "ok", "none holds an example's value")


def allowed_origins(subject: Subject) -> Iterator[Finding]:
    """Whether `authorizedParties` are origins, as browsers and tokens write them."""
    parties = subject.values("authorizedParties")
    wrong = [party for party in parties if not _is_origin(party)]
    if wrong or not parties:
        yield Finding(
            "authorizedParties",
            "problem",
            f"no origin: {', '.join(wrong)}" if wrong else "names no origin",
            "Write origins such as https://app.your-domain.com: a scheme and a host, no path, "
            "no slash at the end, commas without spaces between. http is for localhost alone.",
        )
        return
    yield Finding("authorizedParties", "ok", f"written as origins are: {', '.join(parties)}")
    own = f"https://{subject.parameters['edgeDomain']}"
    if subject.parameters["edgeDomain"] and own not in parties:
        yield Finding(
            "authorizedParties",
            "warning",
            f"does not name {own}, where the page will be",
            f'Add it, so that people can sign in there: --param="authorizedParties={own},…".',
        )


def firewall(subject: Subject) -> Iterator[Finding]:
    """Whether `webAclArn` is of a kind that CloudFront takes."""
    arn = subject.parameters["webAclArn"]
    if arn and not _FIREWALL.fullmatch(arn):
        yield Finding(
            "webAclArn",
            "problem",
            f"{arn} is no web ACL for CloudFront",
            "Make it in us-east-1 with the scope CLOUDFRONT, or leave the parameter empty.",
        )


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    if not parts.hostname or text != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        return False
    lower = text == text.lower() and not re.search(r"[\s*]", text)
    return lower and (parts.scheme == "https" or parts.hostname in _AT_HOME)
