"""SES's account: a sandbox until production access is asked for, which is granted at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from moto.ses.models import EmailIdentity
from moto.sesv2 import urls
from moto.sesv2.responses import SESV2Response

from local.patching import add, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.context import Context

SANDBOX: Final = {"Max24HourSend": 200.0, "MaxSendRate": 1.0}
PRODUCTION: Final = {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0}
"""What AWS gives at first; more is asked for in Service Quotas."""


def install(context: Context) -> None:
    """Patch moto's SES before its server starts."""
    del context
    _describe_the_account()
    _verify_at_once()


def _describe_the_account() -> None:
    """AWS tells an account's quotas and what it may do; moto has neither call.

    What may be sent is not limited by it: only what is told changes.
    """

    def get_account(response: SESV2Response) -> str:
        production = bool(_details(response).get("ProductionAccessEnabled"))
        quota = PRODUCTION if production else SANDBOX
        return json.dumps(
            {
                "DedicatedIpAutoWarmupEnabled": False,
                "EnforcementStatus": "HEALTHY",
                "ProductionAccessEnabled": production,
                "SendQuota": {**quota, "SentLast24Hours": 0.0},
                "SendingEnabled": True,
                **_details(response).get("account", {}),
            }
        )

    def put_account_details(response: SESV2Response) -> str:
        _details(response).update(json.loads(response.body))
        return "{}"

    def put_account_sending_attributes(response: SESV2Response) -> str:
        enabled = json.loads(response.body).get("SendingEnabled", False)
        _details(response)["account"] = {"SendingEnabled": enabled}
        return "{}"

    for path in ("account", "account/details", "account/sending"):
        urls.url_paths[f"{{0}}/v2/email/{path}$"] = SESV2Response.dispatch
    add(SESV2Response, "get_account", get_account)
    add(SESV2Response, "put_account_details", put_account_details)
    add(SESV2Response, "put_account_sending_attributes", put_account_sending_attributes)


def _verify_at_once() -> None:
    """AWS verifies an identity after a click or a DNS record; moto sends, and never says so."""

    def verified(
        original: Callable[..., None], identity: Any, *arguments: Any, **named: Any
    ) -> None:
        original(identity, *arguments, **named)
        identity.verified_for_sending_status = True
        if identity.identity_type == "DOMAIN":
            identity.dkim_attributes |= {"SigningEnabled": True, "Status": "SUCCESS"}

    wrap(EmailIdentity, "__init__", verified)


def _details(response: SESV2Response) -> dict[str, Any]:
    """What one account has said of itself in one region: kept with moto's own state of it."""
    details: dict[str, Any] = vars(response.sesv2_backend).setdefault("account_details", {})
    return details
