"""What a worker is told and may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.stub import Stubber
from scribe.adapters import aws
from scribe.adapters.chunk_progress import ChunkProgress

if TYPE_CHECKING:
    import pytest

    from tests.template.template import Template


def _environment(template: Template) -> dict[str, Any]:
    (container,) = template.properties("WorkerTaskDefinition")["ContainerDefinitions"]
    return {variable["Name"]: variable["Value"] for variable in container["Environment"]}


def test_a_worker_records_progress_in_the_jobs_table(template: Template) -> None:
    assert _environment(template)["JOBS_TABLE"] == {"Ref": "JobsTable"}


def test_a_worker_may_touch_exactly_the_fields_of_a_row_that_progress_needs(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    (statement,) = (
        statement
        for statement in template.role_statements("WorkerTaskRole")
        if any(action.startswith("dynamodb:") for action in statement.actions)
    )
    assert statement.actions == ("dynamodb:UpdateItem",)
    assert statement.resources == ({"Fn::GetAtt": ["JobsTable", "Arn"]},)
    condition = statement.document["Condition"]
    asked = _asked_of_dynamodb(monkeypatch)
    touched = {*asked["Key"], *asked["ExpressionAttributeNames"].values()}
    assert set(condition["ForAllValues:StringEquals"]["dynamodb:Attributes"]) == touched
    returned = condition["StringEqualsIfExists"]["dynamodb:ReturnValues"]
    assert not {"ALL_OLD", "ALL_NEW"} & set(returned)
    assert asked.get("ReturnValues", "NONE") in returned
    assert "ReturnValuesOnConditionCheckFailure" not in asked


def _asked_of_dynamodb(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The request by which progress is recorded."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    asked: dict[str, Any] = {}
    client = aws.dynamodb()
    client.meta.events.register(
        "provide-client-params.dynamodb.UpdateItem", lambda params, **_: asked.update(params)
    )
    with Stubber(client) as stubber:
        stubber.add_response("update_item", {})
        ChunkProgress(client, "jobs").record("user", "job", execution_arn="arn", index=0)
    return asked
