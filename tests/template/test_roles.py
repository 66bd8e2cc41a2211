"""Least privilege, and what Step Functions needs although nothing here calls it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.template.template import Template

# AWS offers no narrower resource for these.
WITHOUT_RESOURCE = ("logs:", "xray:", "ecr:GetAuthorizationToken", "ecs:DiscoverPollEndpoint")


def _allowed(template: Template, role: str, action: str) -> list[Any]:
    return [
        resource
        for statement in template.role_statements(role)
        if action in statement.actions
        for resource in statement.resources
    ]


def test_every_function_has_a_role_of_its_own(template: Template) -> None:
    functions = template.of_type("AWS::Lambda::Function")
    roles = [properties["Role"]["Fn::GetAtt"][0] for properties in functions.values()]
    assert len(set(roles)) == len(functions)


def test_no_policy_allows_every_resource_where_aws_lets_it_be_narrower(template: Template) -> None:
    for statement in template.role_statements():
        if "*" in statement.resources:
            assert all(action.startswith(WITHOUT_RESOURCE) for action in statement.actions), (
                statement
            )


def test_no_policy_allows_every_action(template: Template) -> None:
    for statement in template.role_statements():
        assert not any("*" in action for action in statement.actions), statement


def test_each_function_writes_to_its_own_log_group_only(template: Template) -> None:
    for name, properties in template.of_type("AWS::Lambda::Function").items():
        role = properties["Role"]["Fn::GetAtt"][0]
        group = name.replace("LambdaFunction", "LogGroup")
        assert _allowed(template, role, "logs:PutLogEvents") == [{"Fn::Sub": f"${{{group}.Arn}}"}]


def test_the_workflow_may_hear_of_tasks_that_stopped(template: Template) -> None:
    for action in ("events:PutRule", "events:PutTargets", "events:DescribeRule"):
        (rule,) = _allowed(template, "TranscriptionRole", action)
        assert rule["Fn::Sub"].endswith(":rule/StepFunctionsGetEventsForECSTaskRule")


def test_the_workflow_may_follow_and_stop_its_tasks(template: Template) -> None:
    for action in ("ecs:StopTask", "ecs:DescribeTasks"):
        (tasks,) = _allowed(template, "TranscriptionRole", action)
        assert tasks["Fn::Sub"].endswith(":task/${WorkersCluster}/*")


def test_the_workflow_passes_the_two_task_roles_to_ecs_and_no_other(template: Template) -> None:
    (statement,) = (
        s for s in template.role_statements("TranscriptionRole") if "iam:PassRole" in s.actions
    )
    task = template.properties("WorkerTaskDefinition")
    assert list(statement.resources) == [task["TaskRoleArn"], task["ExecutionRoleArn"]]
    assert statement.document["Condition"] == {
        "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    }


def test_the_workflow_may_call_every_service_that_its_states_name(template: Template) -> None:
    definition = json.dumps(template.state_machine())
    needs = {
        ":::lambda:invoke": "lambda:InvokeFunction",
        ":::sqs:sendMessage": "sqs:SendMessage",
        ":::ecs:runTask.sync": "ecs:RunTask",
        ":::dynamodb:updateItem": "dynamodb:UpdateItem",
        ":::aws-sdk:s3:getObject": "s3:GetObject",
    }
    for resource, action in needs.items():
        assert resource in definition
        assert _allowed(template, "TranscriptionRole", action), action


def test_the_workers_answer_the_state_machine_by_its_name(template: Template) -> None:
    name = template.properties("TranscriptionStateMachine")["StateMachineName"]
    (machine,) = _allowed(template, "WorkerTaskRole", "states:SendTaskSuccess")
    assert machine["Fn::Sub"].endswith(f":stateMachine:{name}")


def test_only_aws_services_of_this_account_assume_the_container_and_workflow_roles(
    template: Template,
) -> None:
    for role in ("TranscriptionRole", "WorkerTaskRole", "WorkerExecutionRole"):
        (statement,) = template.properties(role)["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        }
