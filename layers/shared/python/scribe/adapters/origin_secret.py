"""The secret that the edge adds to each request, so that the bare API address is of no use.

In Secrets Manager it is the JSON `{"current": "…", "previous": "…"}`, each of 32 characters or
more. Both are good, so that the edge and the API need not change at one moment; an empty one
is none.
"""

from __future__ import annotations

import hmac
import json
import time
from typing import TYPE_CHECKING, Final

from scribe.adapters.kept_secret import KeptSecret

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient

    from scribe.refreshed import FetchFailed

HEADER: Final = "x-origin-secret"
LEAST_CHARACTERS: Final = 32


class OriginSecret:
    """The one or two secrets of the moment.

    Args:
        client: Secrets Manager.
        name: the secret's name or ARN.
        on_failure: is told why it could not be read anew while the old one stays good.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        client: SecretsManagerClient,
        name: str,
        *,
        on_failure: Callable[[FetchFailed], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secrets = KeptSecret(
            client,
            name,
            title="the origin's secret",
            parse=_secrets_of,
            on_failure=on_failure,
            clock=clock,
        )

    def is_known_to(self, given: str) -> bool:
        """Whether the value of a request's header is one of the secrets.

        Raises:
            FetchFailed: they were never read, and could not be now.
        """
        # Half of a character, which a header may hold, is no secret and no error either.
        shown = given.encode(errors="surrogatepass")

        def is_among(secrets: tuple[str, ...]) -> bool:
            return any(hmac.compare_digest(shown, each.encode()) for each in secrets)

        return is_among(self._secrets.get(is_among))


def _secrets_of(text: str) -> tuple[str, ...] | None:
    try:
        document = json.loads(text)
        secrets = (document["current"], document.get("previous", ""))
    except (ValueError, TypeError, LookupError, AttributeError):
        return None
    if not all(isinstance(secret, str) for secret in secrets):
        return None
    in_use = tuple(secret for secret in secrets if secret)
    return in_use if in_use and all(len(secret) >= LEAST_CHARACTERS for secret in in_use) else None
