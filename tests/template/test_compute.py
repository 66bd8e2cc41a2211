"""What workers run on: Fargate in dev, GPU instances in prod, from one task definition."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worker.pulse import Pulse

from tests.template.choices import chosen, exists, holds
from tests.template.template import states

if TYPE_CHECKING:
    from tests.template.template import Template

DOCKERFILE = Path(__file__).resolve().parents[2] / "worker-image" / "Dockerfile"
GPU_RESOURCES = ("GpuInstances", "GpuLaunchTemplate", "GpuCapacity", "GpuInstanceRole")


def _properties(template: Template, logical_id: str) -> dict[str, Any]:
    properties: dict[str, Any] = chosen(template.document, template.properties(logical_id))
    return properties


def _container(template: Template) -> dict[str, Any]:
    container: dict[str, Any]
    (container,) = _properties(template, "WorkerTaskDefinition")["ContainerDefinitions"]
    return container


def test_dev_runs_a_fargate_task_for_a_chunk_and_nothing_when_idle(dev: Template) -> None:
    definition = _properties(dev, "WorkerTaskDefinition")
    assert definition["RequiresCompatibilities"] == ["FARGATE"]
    assert "ResourceRequirements" not in _container(dev)
    assert not any(exists(dev.document, name) for name in (*GPU_RESOURCES, "WorkersService"))
    capacity = _properties(dev, "WorkersCapacity")
    assert set(capacity["CapacityProviders"]) == {"FARGATE", "FARGATE_SPOT"}


def test_prod_runs_a_fleet_on_instances_with_a_gpu_for_each_worker(prod: Template) -> None:
    assert holds(prod.document, "UseFleet")
    assert all(exists(prod.document, name) for name in GPU_RESOURCES)
    definition = _properties(prod, "WorkerTaskDefinition")
    assert definition["RequiresCompatibilities"] == ["EC2"]
    assert "EphemeralStorage" not in definition
    container = _container(prod)
    assert container["ResourceRequirements"] == [{"Type": "GPU", "Value": "1"}]
    assert {"Name": "DEVICE", "Value": "cuda"} in container["Environment"]
    strategy = _properties(prod, "WorkersService")["CapacityProviderStrategy"]
    assert [one["CapacityProvider"] for one in strategy] == [{"Ref": "GpuCapacity"}]


def test_no_worker_is_moved_to_even_zones_out(template: Template) -> None:
    """ECS does so by default, and a worker that moves loads its model again."""
    assert template.properties("WorkersService")["AvailabilityZoneRebalancing"] == "DISABLED"


def test_a_worker_leaves_memory_to_the_agent_of_its_instance(prod: Template) -> None:
    smallest_instance = 16 * 1024 * 0.95  # what Linux shows of an xlarge's 16 GiB
    reserved = int(_agent(prod)["ECS_RESERVED_MEMORY"])
    assert int(_properties(prod, "WorkerTaskDefinition")["Memory"]) + reserved <= smallest_instance


def test_the_fleet_is_spot_with_an_on_demand_base_over_several_kinds_of_gpu(
    template: Template,
) -> None:
    mixed = template.properties("GpuInstances")["MixedInstancesPolicy"]
    distribution = mixed["InstancesDistribution"]
    assert int(distribution["OnDemandBaseCapacity"]) >= 1
    assert distribution["OnDemandPercentageAboveBaseCapacity"] == 0
    types = [each["InstanceType"] for each in mixed["LaunchTemplate"]["Overrides"]]
    assert {each.partition(".")[0] for each in types} == {"g6", "g5", "g4dn"}
    # These sizes have one GPU: ECS counts the instances that it needs by their tasks.
    assert {each.partition(".")[2] for each in types} == {"xlarge", "2xlarge"}


def test_ecs_alone_decides_how_many_instances_there_are_and_which_go(template: Template) -> None:
    provider = template.properties("GpuCapacity")["AutoScalingGroupProvider"]
    group = template.properties("GpuInstances")
    assert provider["ManagedScaling"]["Status"] == "ENABLED"
    assert provider["ManagedDraining"] == "ENABLED"
    assert provider["ManagedTerminationProtection"] == "ENABLED"
    # Without it, ECS refuses managed termination protection.
    assert group["NewInstancesProtectedFromScaleIn"] is True
    assert "DesiredCapacity" not in group


def test_a_deployment_has_room_for_a_new_worker_beside_each_old_one(prod: Template) -> None:
    most = int(prod.properties("WorkersTarget")["MaxCapacity"])
    share = prod.properties("WorkersService")["DeploymentConfiguration"]["MaximumPercent"] / 100
    assert int(prod.properties("GpuInstances")["MaxSize"]) >= most * share


def test_instances_are_closed_encrypted_and_without_the_old_metadata_service(
    template: Template,
) -> None:
    data = template.properties("GpuLaunchTemplate")["LaunchTemplateData"]
    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert all(disk["Ebs"]["Encrypted"] is True for disk in data["BlockDeviceMappings"])
    for interface in data["NetworkInterfaces"]:
        assert interface["AssociatePublicIpAddress"] is False
        assert interface["Groups"] == [{"Fn::GetAtt": ["WorkersSecurityGroup", "GroupId"]}]
    assert "KeyName" not in data
    image = template.document["Parameters"][data["ImageId"]["Ref"]]
    assert image["Type"] == "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
    assert "/gpu/" in image["Default"]


def _agent(template: Template) -> dict[str, str]:
    data = template.properties("GpuLaunchTemplate")["LaunchTemplateData"]
    lines: list[str] = data["UserData"]["Fn::Base64"]["Fn::Sub"].splitlines()
    return dict(line.split("=", 1) for line in lines if line.startswith("ECS_"))


def test_an_instance_that_spot_takes_is_drained_first(template: Template) -> None:
    agent = _agent(template)
    assert agent["ECS_CLUSTER"] == "${WorkersCluster}"
    assert agent["ECS_ENABLE_SPOT_INSTANCE_DRAINING"] == "true"


def test_a_container_cannot_ask_for_its_instances_credentials(template: Template) -> None:
    assert _agent(template)["ECS_AWSVPC_BLOCK_IMDS"] == "true"


def test_the_container_writes_to_a_volume_of_its_own_and_nowhere_else(template: Template) -> None:
    container = _container(template)
    assert container["ReadonlyRootFilesystem"] is True
    assert container["LinuxParameters"]["Capabilities"]["Drop"] == ["ALL"]
    volumes = template.properties("WorkerTaskDefinition")["Volumes"]
    assert volumes == [{"Name": mount["SourceVolume"]} for mount in container["MountPoints"]]
    # Elsewhere the volume would belong to root, and the worker is not root.
    declared = DOCKERFILE.read_text("utf-8").splitlines()
    for mount in container["MountPoints"]:
        assert f"VOLUME {mount['ContainerPath']}" in declared


def test_a_worker_that_has_not_moved_for_a_quarter_of_an_hour_is_unhealthy(
    template: Template, tmp_path: Path
) -> None:
    kind, command = _container(template)["HealthCheck"]["Command"]
    assert kind == "CMD-SHELL"

    def status() -> int:
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        return subprocess.run(["sh", "-c", command], env=environment, check=False).returncode

    assert status() == 1, "before the first beat"
    Pulse(tmp_path).beat()
    assert status() == 0
    then = time.time() - 16 * 60
    os.utime(tmp_path / "pulse", (then, then))
    assert status() == 1


def test_a_failed_deployment_of_the_service_rolls_back(template: Template) -> None:
    service = template.resources["WorkersService"]
    deployment = service["Properties"]["DeploymentConfiguration"]
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    # A strategy is refused before the cluster has its capacity.
    assert "WorkersCapacity" in service["DependsOn"]


def test_a_task_of_its_own_is_the_fleets_task_where_the_fleets_would_run(
    template: Template,
) -> None:
    definition = template.properties("TranscriptionStateMachine")["DefinitionString"]
    text, values = definition["Fn::Sub"]
    machine = json.loads(text)
    tasks = [
        state["Arguments"]
        for _, state in states(machine)
        if state.get("Resource", "").endswith(":::ecs:runTask.sync")
    ]
    assert len(tasks) == 2
    service = template.properties("WorkersService")
    network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
    for task in tasks:
        assert values[_name(task["TaskDefinition"])] == service["TaskDefinition"]
        # The cluster's own strategy holds, whatever it runs on.
        assert not {"LaunchType", "CapacityProviderStrategy"} & set(task)
        given = task["NetworkConfiguration"]["AwsvpcConfiguration"]
        expression, inner = values[_name(given["Subnets"])]["Fn::Sub"]
        assert expression == "{% $split('${subnets}', ',') %}"
        assert inner == {"subnets": {"Fn::Join": [",", network["Subnets"]]}}
        assert [values[_name(group)] for group in given["SecurityGroups"]] == network[
            "SecurityGroups"
        ]


def _name(placeholder: str) -> str:
    return placeholder.removeprefix("${").removesuffix("}")
