"""Rows of a DynamoDB table as plain values, and their conditional writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from scribe.errors import StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Row = dict[str, Any]
"""Field name to value: str, int, float, bool, None, and lists and maps of these.

A set is read as a sorted list.
"""
Key = Mapping[str, str]

_SERIALIZER: Final = TypeSerializer()
_DESERIALIZER: Final = TypeDeserializer()
_NOTHING: Final[Mapping[str, int]] = {}
_NAME: Final = re.compile(r"#(\w+)")


class ConditionFailed(Exception):
    """A write's condition does not hold; `row` is what stands there instead, if anything."""

    def __init__(self, row: Row | None) -> None:
        super().__init__("the condition does not hold")
        self.row = row


class Rows:
    """The rows of one table.

    Raises:
        StorageUnavailable: from every method, when DynamoDB refuses or does not answer.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def get(self, key: Key) -> Row | None:
        """Read a row as it is at this moment (strongly consistent)."""
        try:
            answer = self._client.get_item(
                TableName=self._table_name, Key=to_item(key), ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"reading a row of {self._table_name}: {error}") from error
        return to_row(answer["Item"]) if "Item" in answer else None

    def create(self, row: Row, *, key: Iterable[str]) -> None:
        """Write a row whose key, the fields named by `key`, is not taken.

        Raises:
            ConditionFailed: a row stands there.
        """
        try:
            self._client.put_item(
                TableName=self._table_name,
                Item=to_item(row),
                ConditionExpression=" AND ".join(f"attribute_not_exists({name})" for name in key),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except (BotoCoreError, ClientError) as error:
            raise self._named(error) from error

    def count(self, *, index: str, key: Key, below: Key) -> int:
        """Count the rows of an index's partition; those of the last moments may be missing.

        Args:
            index: a global secondary index.
            key: its partition key.
            below: its sort key, with what the rows' own must be less than.
        """
        ((name, value),) = key.items()
        ((sort_name, end),) = below.items()
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            IndexName=index,
            Select="COUNT",
            KeyConditionExpression="#key = :key AND #sort < :end",
            ExpressionAttributeNames={"#key": name, "#sort": sort_name},
            ExpressionAttributeValues={":key": {"S": value}, ":end": {"S": end}},
        )
        try:
            return sum(page["Count"] for page in pages)
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"counting rows of {self._table_name}: {error}") from error

    def update(
        self,
        key: Key,
        *,
        condition: str = "",
        values: Mapping[str, object] = _NOTHING,
        put: Mapping[str, object],
        add: Mapping[str, int] = _NOTHING,
        remove: Iterable[str] = (),
    ) -> Row:
        """Change a row, on a condition or in any case.

        Args:
            key: the row's key.
            condition: with each field written `#field` and each value `:value`.
            values: the values that the condition names, without their colons.
            put: fields to set.
            add: numbers to add to fields; one that is absent counts as 0.
            remove: fields to remove; one that is absent is no error.

        Returns:
            The row afterwards.

        Raises:
            ConditionFailed: the condition does not hold, and nothing was changed.
        """
        change = "SET " + ", ".join(f"#{name} = :put_{name}" for name in put)
        if added := ", ".join(f"#{name} :add_{name}" for name in add):
            change += f" ADD {added}"
        if removed := ", ".join(f"#{name}" for name in remove):
            change += f" REMOVE {removed}"
        names = set(_NAME.findall(f"{change} {condition}"))
        everything = {
            **values,
            **{f"put_{name}": value for name, value in put.items()},
            **{f"add_{name}": value for name, value in add.items()},
        }
        conditional: Any = {"ConditionExpression": condition} if condition else {}
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key=to_item(key),
                UpdateExpression=change,
                **conditional,
                ExpressionAttributeNames={f"#{name}": name for name in names},
                ExpressionAttributeValues={
                    f":{name}": _SERIALIZER.serialize(_exact(value))
                    for name, value in everything.items()
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except (BotoCoreError, ClientError) as error:
            raise self._named(error) from error
        return to_row(answer["Attributes"])

    def _named(self, error: BotoCoreError | ClientError) -> Exception:
        if isinstance(error, self._client.exceptions.ConditionalCheckFailedException):
            item: Any = error.response.get("Item")
            return ConditionFailed(to_row(item) if item else None)
        return StorageUnavailable(f"writing a row of {self._table_name}: {error}")


def to_item(row: Mapping[str, object]) -> dict[str, Any]:
    """A row in DynamoDB's own form."""
    return {name: _SERIALIZER.serialize(_exact(value)) for name, value in row.items()}


def to_row(item: Mapping[str, Any]) -> Row:
    """A row of DynamoDB's own form as plain values."""
    return {name: _plain(_DESERIALIZER.deserialize(value)) for name, value in item.items()}


def _exact(value: object) -> object:
    """DynamoDB's numbers are decimal: boto3 refuses floats."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {name: _exact(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_exact(member) for member in value]
    return value


def _plain(value: object) -> Any:  # noqa: ANN401  # a row's fields have their types in TypedDicts
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if isinstance(value, set):
        return sorted(_plain(member) for member in value)
    return value
