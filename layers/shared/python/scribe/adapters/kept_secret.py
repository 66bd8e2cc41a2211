"""A secret of Secrets Manager that is read when needed, and then now and then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from scribe.refreshed import FetchFailed, Refreshed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient

FRESH_SECONDS: Final = 300.0
"""After this time a value that was replaced or taken back is used no more."""

RETRY_SECONDS: Final = 30.0
"""The least time between two calls: neither failures nor wrong guesses may make many."""

Value = TypeVar("Value")


class KeptSecret(Generic[Value]):
    """What one secret holds.

    Args:
        client: Secrets Manager.
        name: the secret's name or ARN.
        title: what it is called in errors.
        parse: makes the value of the secret's text, or None of one that is no such secret.
        on_failure: is told why it could not be read anew while the old value stays in use.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        client: SecretsManagerClient,
        name: str,
        *,
        title: str,
        parse: Callable[[str], Value | None],
        on_failure: Callable[[FetchFailed], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._name = name
        self._title = title
        self._parse = parse
        self._value = Refreshed(
            self._read,
            fresh_seconds=FRESH_SECONDS,
            retry_seconds=RETRY_SECONDS,
            on_failure=on_failure,
            clock=clock,
        )

    def get(self, suffices: Callable[[Value], bool] = lambda _value: True) -> Value:
        """The value, as `Refreshed.get` gives it.

        Raises:
            FetchFailed: it was never read, and could not be now.
        """
        return self._value.get(suffices)

    def _read(self) -> Value:
        try:
            text = self._client.get_secret_value(SecretId=self._name)["SecretString"]
        except (BotoCoreError, ClientError) as error:
            raise FetchFailed(f"{self._title} cannot be read: {error}") from error
        value = self._parse(text)
        if value is None:
            # Nothing of the text itself, which may hold the secret.
            raise FetchFailed(f"{self._title} is not of the documented shape")
        return value
