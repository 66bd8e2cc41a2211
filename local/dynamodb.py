"""DynamoDB: conditional writes that hold between threads, and the table's TimeToLive."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any, Final

from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table

from local.patching import replace

if TYPE_CHECKING:
    from local.context import Context

WRITES: Final = ("put_item", "update_item", "delete_item", "transact_write_items")


def install(context: Context) -> None:
    """Patch moto's DynamoDB before its server starts."""
    del context
    _write_one_at_a_time()
    _keep_time_to_live()


def _write_one_at_a_time() -> None:
    """AWS checks a condition and writes as one step; moto's threads get between the two."""
    one_at_a_time = threading.RLock()

    def serialised(original: Any) -> Any:
        @functools.wraps(original)
        def write(*args: Any, **kwargs: object) -> Any:
            with one_at_a_time:
                return original(*args, **kwargs)

        return write

    for name in WRITES:
        replace(DynamoDBBackend, name, serialised(getattr(DynamoDBBackend, name)))


def _keep_time_to_live() -> None:
    """AWS sets a template's TimeToLiveSpecification; moto drops it."""

    def create(
        _cls: type[Table],
        /,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: object,
    ) -> Table:
        table: Table = original(
            resource_name, cloudformation_json, account_id, region_name, **kwargs
        )
        specification = cloudformation_json["Properties"].get("TimeToLiveSpecification")
        if specification:
            dynamodb_backends[account_id][region_name].update_time_to_live(
                resource_name, specification
            )
        return table

    original = replace(Table, "create_from_cloudformation_json", classmethod(create))
