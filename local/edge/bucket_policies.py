"""What a bucket's policy permits CloudFront, or anybody."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from local.context import ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE: Final = "cloudfront.amazonaws.com"


def permits(policy: str | bytes, action: str, resource: str, *, source_arn: str | None) -> bool:
    """Tell whether a policy lets a read pass.

    Args:
        policy: the bucket's.
        action: such as `s3:GetObject`.
        resource: the object's ARN, or the bucket's.
        source_arn: the distribution that reads; None for anybody.
    """
    known = {"aws:securetransport": "true"}
    if source_arn is not None:
        known |= {"aws:sourcearn": source_arn, "aws:sourceaccount": ACCOUNT_ID}
    effects = {
        statement["Effect"]
        for statement in json.loads(policy)["Statement"]
        if _is_meant(statement.get("Principal"), is_service=source_arn is not None)
        and any(_like(pattern.lower(), action.lower()) for pattern in _list(statement["Action"]))
        and any(_like(pattern, resource) for pattern in _list(statement["Resource"]))
        and _holds(statement.get("Condition", {}), known)
    }
    return effects == {"Allow"}


def _is_meant(principal: Any, *, is_service: bool) -> bool:
    if principal in ("*", {"AWS": "*"}):
        return True
    return is_service and isinstance(principal, dict) and SERVICE in _list(principal.get("Service"))


def _holds(condition: Mapping[str, Mapping[str, Any]], known: Mapping[str, str]) -> bool:
    """Tell whether a condition holds; of one that is not read here, that it does not."""
    for operator, keys in condition.items():
        for key, wanted in keys.items():
            value = known.get(key.lower())
            if value is None or not any(
                _compares(operator, str(one), value) for one in _list(wanted)
            ):
                return False
    return True


def _compares(operator: str, wanted: str, value: str) -> bool:
    if operator in {"StringEquals", "Bool"}:
        return wanted == value
    return operator in {"ArnEquals", "ArnLike", "StringLike"} and _like(wanted, value)


def _like(pattern: str, text: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
