"""The account's default event bus: events for whoever makes a rule for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_events import EventBridgeClient


class EventRefused(Exception):
    """EventBridge did not accept an event, or did not answer; the text is its error code."""


class EventBus:
    """Puts events of one source.

    Args:
        client: EventBridge.
        source: who speaks, as rules match it; `aws.` is AWS's own.
    """

    def __init__(self, client: EventBridgeClient, *, source: str) -> None:
        self._client = client
        self._source = source

    def put(self, detail_type: str, detail: Mapping[str, object]) -> None:
        """Put one event; the bus brings it to the targets of all rules that match, or more often.

        Args:
            detail_type: the kind of event, as rules match it.
            detail: its document.

        Raises:
            EventRefused: the event is not on the bus, as far as is known.
        """
        text = json.dumps(detail, ensure_ascii=False)
        try:
            # One entry a call: the policy's conditions on source and kind then have one value each.
            answer = self._client.put_events(
                Entries=[{"Source": self._source, "DetailType": detail_type, "Detail": text}]
            )
        except ClientError as error:
            raise EventRefused(error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise EventRefused(type(error).__name__) from error
        if answer["FailedEntryCount"]:
            raise EventRefused(answer["Entries"][0].get("ErrorCode", "Unknown"))
