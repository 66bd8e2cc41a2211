"""Lets a request of the HTTP API in, or not: the API's Lambda authorizer.

Input: a request without its body (payload format 2.0). Output: the simple response, with the
session as `context` where the request is let in, which the API finds under
`requestContext.authorizer.lambda`.

API Gateway itself answers 401 to a request without an Authorization header (its identity
source) and 403 to one that is refused here. Nobody but the operators is told why. Where the
issuer's keys or the edge's secret could never be fetched, the call fails and API Gateway
answers 500: that says nothing about the token, and the caller may try again.

The result cache stays off: tokens live for a minute, and a session that was revoked must not
outlive them.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from typing import TYPE_CHECKING, Any, Final

from scribe import settings
from scribe.adapters import aws, issuer_keys
from scribe.adapters.issuer_keys import IssuerKeys
from scribe.adapters.origin_secret import OriginSecret
from scribe.adapters.session_verifier import SessionVerifier
from scribe.session_tokens import SessionPolicy, SessionRefused
from scribe.settings import AuthorizerSettings

from functions import runtime
from functions.authorizer.doorkeeper import Doorkeeper

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_REFUSED: Final[dict[str, Any]] = {"isAuthorized": False}


@runtime.entry_point
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Judge one request."""
    try:
        session = _doorkeeper().admit(event.get("headers", {}))
    except SessionRefused as refused:
        api_request_id = event.get("requestContext", {}).get("requestId")
        runtime.logger.info(
            "request refused", extra={"reason": refused.reason, "api_request_id": api_request_id}
        )
        return _REFUSED
    return {"isAuthorized": True, "context": dataclasses.asdict(session)}


@functools.cache
def _doorkeeper() -> Doorkeeper:
    """The composition root: made at the first request, kept while the function is warm."""
    chosen = settings.read(AuthorizerSettings, os.environ)
    keys = IssuerKeys(
        functools.partial(issuer_keys.download, issuer_keys.url_of(chosen.session_issuer)),
        on_failure=runtime.warn_of,
    )
    policy = SessionPolicy(
        issuer=chosen.session_issuer,
        authorized_parties=chosen.authorized_parties,
        authorized_party_required=chosen.authorized_party_required,
    )
    origin = OriginSecret(aws.secrets_manager(), chosen.origin_secret, on_failure=runtime.warn_of)
    return Doorkeeper(SessionVerifier(keys, policy), origin)
