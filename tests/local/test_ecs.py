"""ECS: tasks and services as processes with the environment and the life that AWS gives them."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from local.aws import LocalAws
from tests.local.conftest import deploy, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


class Cluster:
    """One cluster of the local AWS, and what the tests ask of it."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        self.aws, self.name = aws, name
        self.ecs = aws.client("ecs")
        self.ecs.create_cluster(clusterName=name)

    def define(self, command: list[str], **fields: object) -> str:
        """Register a definition with this command and return its ARN."""
        container = {"name": "main", "image": "any", "command": command, **fields}
        arn: str = self.ecs.register_task_definition(
            family=self.name,
            requiresCompatibilities=["EC2"],
            cpu="1024",
            memory="2048",
            containerDefinitions=[container],
        )["taskDefinition"]["taskDefinitionArn"]
        return arn

    def run(self, definition: str, **arguments: object) -> str:
        """Start one task and return its ARN."""
        answer = self.ecs.run_task(
            cluster=self.name, taskDefinition=definition, launchType="EC2", **arguments
        )
        arn: str = answer["tasks"][0]["taskArn"]
        return arn

    def task(self, arn: str) -> dict[str, Any]:
        """Describe a task."""
        (task,) = self.ecs.describe_tasks(cluster=self.name, tasks=[arn])["tasks"]
        described: dict[str, Any] = task
        return described

    def stopped(self, arn: str) -> dict[str, Any]:
        """Wait until a task is over and describe it."""

        def look() -> dict[str, Any]:
            task = self.task(arn)
            return task if task["lastStatus"] == "STOPPED" else {}

        return eventually(look)

    def log(self, arn: str) -> str:
        """Return what a task has written."""
        return (self.aws.logs / f"ecs-{self.name}-{arn.rpartition('/')[2]}.log").read_text()

    def serve(self, definition: str, **arguments: object) -> None:
        """Create a service of the cluster's name."""
        self.ecs.create_service(
            cluster=self.name, serviceName=self.name, taskDefinition=definition, **arguments
        )

    def service(self) -> dict[str, Any]:
        """Describe the service."""
        (service,) = self.ecs.describe_services(cluster=self.name, services=[self.name])["services"]
        described: dict[str, Any] = service
        return described

    def scale(self, **changes: object) -> None:
        """Update the service."""
        self.ecs.update_service(cluster=self.name, service=self.name, **changes)

    def running(self, count: int) -> Callable[[], bool]:
        """Tell whether so many tasks of the service run."""
        return lambda: self.service()["runningCount"] == count == len(self.tasks())

    def tasks(self) -> set[str]:
        """Return the tasks of the service that shall run."""
        return set(self.ecs.list_tasks(cluster=self.name, serviceName=self.name)["taskArns"])


@pytest.fixture
def cluster(aws: LocalAws, name: str) -> Iterator[Cluster]:
    made = Cluster(aws, name)
    yield made
    for service in made.ecs.list_services(cluster=name)["serviceArns"]:
        made.ecs.delete_service(cluster=name, service=service, force=True)


def test_a_task_runs_its_command_with_the_definitions_and_the_callers_environment(
    cluster: Cluster,
) -> None:
    command = [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]
    environment = [{"name": "KEPT", "value": "1"}, {"name": "CHANGED", "value": "1"}]
    overrides = {
        "containerOverrides": [{"name": "main", "environment": [{"name": "CHANGED", "value": "2"}]}]
    }
    definition = cluster.define(command, environment=environment)
    arn = cluster.run(definition, overrides=overrides)
    task = cluster.stopped(arn)
    assert (task["stopCode"], task["containers"][0]["exitCode"]) == ("EssentialContainerExited", 0)
    seen = json.loads(cluster.log(arn))
    assert (seen["KEPT"], seen["CHANGED"]) == ("1", "2")
    assert seen["AWS_ENDPOINT_URL"] == cluster.aws.endpoint_url
    # nothing of the machine that the local AWS runs on
    assert set(seen) <= {
        *{"KEPT", "CHANGED", "PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE"},
        *{"ECS_AGENT_URI", "ECS_CONTAINER_METADATA_URI_V4"},
        *cluster.aws.environment,
    }


def test_programs_of_the_container_path_come_first(cluster: Cluster) -> None:
    program = cluster.aws._context.container_path / "only-in-the-image"
    program.write_text("#!/bin/sh\npwd\n")
    program.chmod(0o755)
    arn = cluster.run(cluster.define(["only-in-the-image"]))
    cluster.stopped(arn)
    assert cluster.log(arn).strip().endswith(arn.rpartition("/")[2])  # a folder of its own


def test_an_exit_code_is_the_containers(cluster: Cluster) -> None:
    task = cluster.stopped(cluster.run(cluster.define(["sh", "-c", "exit 3"])))
    assert task["containers"][0]["exitCode"] == 3
    assert task["stoppedReason"] == "Essential container in task exited"


def test_a_program_that_does_not_exist_is_a_task_that_failed_to_start(cluster: Cluster) -> None:
    task = cluster.stopped(cluster.run(cluster.define(["no-such-program"])))
    assert task["stopCode"] == "TaskFailedToStart"
    assert "no-such-program" in task["stoppedReason"]
    assert "exitCode" not in task["containers"][0]


def started(cluster: Cluster, arn: str) -> Callable[[], bool]:
    return lambda: cluster.task(arn)["lastStatus"] == "RUNNING" and "ready" in cluster.log(arn)


def test_stopping_a_task_asks_it_to_end(cluster: Cluster) -> None:
    arn = cluster.run(
        cluster.define(["sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done"])
    )
    eventually(started(cluster, arn))
    cluster.ecs.stop_task(cluster=cluster.name, task=arn, reason="enough")
    task = cluster.stopped(arn)
    assert task["containers"][0]["exitCode"] == 7
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")


def test_a_task_that_does_not_end_in_its_stop_time_is_killed(cluster: Cluster) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
    arn = cluster.run(cluster.define(["sh", "-c", script], stopTimeout=1))
    eventually(started(cluster, arn))
    cluster.ecs.stop_task(cluster=cluster.name, task=arn)
    assert cluster.stopped(arn)["containers"][0]["exitCode"] == 128 + signal.SIGKILL


def test_a_service_keeps_as_many_tasks_as_it_wants(cluster: Cluster) -> None:
    cluster.serve(cluster.define(SLEEP))  # without a count, it wants one
    eventually(cluster.running(1))
    cluster.scale(desiredCount=3)
    eventually(cluster.running(3))
    cluster.scale(desiredCount=1)
    eventually(cluster.running(1))


def test_a_service_replaces_a_task_that_died(cluster: Cluster) -> None:
    cluster.serve(cluster.define(["sh", "-c", "echo $$; exec sleep 600"]), desiredCount=1)
    eventually(cluster.running(1))
    (first,) = cluster.tasks()
    os.kill(int(eventually(lambda: cluster.log(first))), signal.SIGKILL)
    assert cluster.stopped(first)["containers"][0]["exitCode"] == 128 + signal.SIGKILL
    eventually(lambda: cluster.tasks() - {first})


def test_a_new_revision_replaces_the_tasks_of_a_service(cluster: Cluster) -> None:
    cluster.serve(cluster.define(SLEEP), desiredCount=2)
    eventually(cluster.running(2))
    before = cluster.tasks()
    revision = cluster.define([*SLEEP, "again"])
    cluster.scale(taskDefinition=revision)
    eventually(lambda: not before & cluster.tasks() and cluster.running(2)())
    assert {cluster.task(arn)["taskDefinitionArn"] for arn in cluster.tasks()} == {revision}


PROTECTED = """
import json, os, time, urllib.request
def call(url, **arguments):
    with urllib.request.urlopen(urllib.request.Request(url, **arguments)) as answer:
        return json.load(answer)
arn = call(os.environ["ECS_CONTAINER_METADATA_URI_V4"] + "/task")["TaskARN"]
body = json.dumps({"ProtectionEnabled": True, "ExpiresInMinutes": 5}).encode()
state = call(os.environ["ECS_AGENT_URI"] + "/task-protection/v1/state", data=body, method="PUT")
assert state["protection"]["TaskArn"] == arn, state
print("ready", flush=True)
time.sleep(600)
"""


def test_a_service_never_stops_a_task_that_protects_itself(cluster: Cluster) -> None:
    cluster.serve(cluster.define([sys.executable, "-c", PROTECTED]), desiredCount=1)
    (protected,) = eventually(cluster.tasks)
    eventually(started(cluster, protected))
    (state,) = cluster.ecs.get_task_protection(cluster=cluster.name, tasks=[protected])[
        "protectedTasks"
    ]
    assert (state["taskArn"], state["protectionEnabled"]) == (protected, True)
    cluster.scale(desiredCount=2, taskDefinition=cluster.define(SLEEP))
    eventually(lambda: len(cluster.tasks()) == 3)
    cluster.scale(desiredCount=0)
    eventually(lambda: cluster.tasks() == {protected})
    cluster.ecs.update_task_protection(
        cluster=cluster.name, tasks=[protected], protectionEnabled=False
    )
    eventually(lambda: not cluster.tasks())


def test_a_stack_makes_a_service_and_its_update_replaces_the_task(aws: LocalAws, name: str) -> None:
    def resources(word: str) -> dict[str, Any]:
        container = {
            "Name": "main",
            "Image": "any",
            "Command": ["sh", "-c", "echo ready $WORD; exec sleep 600"],
            "Environment": [{"Name": "WORD", "Value": word}],
        }
        network = {"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}}
        return {
            "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": name}},
            "Definition": {
                "Type": "AWS::ECS::TaskDefinition",
                "Properties": {
                    "Family": name,
                    "RequiresCompatibilities": ["FARGATE"],
                    "NetworkMode": "awsvpc",
                    "Cpu": "1024",
                    "Memory": "2048",
                    "ContainerDefinitions": [container],
                },
            },
            "Service": {
                "Type": "AWS::ECS::Service",
                "Properties": {
                    "ServiceName": name,
                    "Cluster": {"Ref": "Cluster"},
                    "TaskDefinition": {"Ref": "Definition"},
                    "LaunchType": "FARGATE",
                    "NetworkConfiguration": network,
                },
            },
        }

    ecs = aws.client("ecs")

    def words() -> set[str]:
        arns = ecs.list_tasks(cluster=name, serviceName=name)["taskArns"]
        logs = [aws.logs / f"ecs-{name}-{arn.rpartition('/')[2]}.log" for arn in arns]
        return {log.read_text() for log in logs if log.exists()}

    for word in ("one", "two", "two"):
        deploy(aws, name, resources(word))
        expected = {f"ready {word}\n"}
        eventually(lambda: words() == expected)  # noqa: B023 - called before the next turn
    assert len(ecs.list_task_definitions(familyPrefix=name)["taskDefinitionArns"]) <= 2
    ecs.delete_service(cluster=name, service=name, force=True)


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_nothing_outlives_the_local_aws(tmp_path: Path, how: str) -> None:
    with LocalAws(tmp_path / "aws", container_path=tmp_path) as short:
        cluster = Cluster(short, "short")
        arn = cluster.run(cluster.define(["sh", "-c", "echo $$; exec sleep 600"]))
        pid = int(
            eventually(lambda: (cluster.task(arn)["lastStatus"] == "RUNNING") and cluster.log(arn))
        )
        assert exists(pid)
        if how == "kill":
            os.kill(
                json.loads((tmp_path / "aws" / "ready.json").read_text())["pid"], signal.SIGKILL
            )
    deadline = time.monotonic() + 10
    while exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not exists(pid)
