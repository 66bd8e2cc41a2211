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

from botocore.exceptions import BotoCoreError, ClientError

from scribe.refreshed import FetchFailed, Refreshed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient

HEADER: Final = "x-origin-secret"
FRESH_SECONDS: Final = 300.0
"""After this time a secret that was taken back is no longer good."""

RETRY_SECONDS: Final = 30.0
"""A wrong secret may be a new one: it asks Secrets Manager, once in this time."""

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
        self._client = client
        self._name = name
        self._secrets = Refreshed(
            self._read,
            fresh_seconds=FRESH_SECONDS,
            retry_seconds=RETRY_SECONDS,
            on_failure=on_failure,
            clock=clock,
        )

    def is_known_to(self, given: str) -> bool:
        """Whether the value of a request's header is one of the secrets.

        Raises:
            FetchFailed: they were never read, and could not be now.
        """

        def is_among(secrets: tuple[str, ...]) -> bool:
            return any(hmac.compare_digest(given.encode(), each.encode()) for each in secrets)

        return is_among(self._secrets.get(is_among))

    def _read(self) -> tuple[str, ...]:
        try:
            text = self._client.get_secret_value(SecretId=self._name)["SecretString"]
        except (BotoCoreError, ClientError) as error:
            raise FetchFailed(f"the origin's secret cannot be read: {error}") from error
        secrets = _secrets_of(text)
        if not secrets:
            # Nothing of the text itself, which may hold a secret.
            raise FetchFailed("the origin's secret is not of the documented shape")
        return secrets


def _secrets_of(text: str) -> tuple[str, ...]:
    """The secrets in the document; none if anything about it is wrong."""
    try:
        document = json.loads(text)
        secrets = (document["current"], document.get("previous", ""))
    except (ValueError, TypeError, LookupError, AttributeError):
        return ()
    if not all(isinstance(secret, str) for secret in secrets):
        return ()
    in_use = tuple(secret for secret in secrets if secret)
    return in_use if all(len(secret) >= LEAST_CHARACTERS for secret in in_use) else ()
