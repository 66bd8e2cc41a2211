"""The workers' network: no way in, and out to AWS services alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.template.choices import chosen, exists, holds

if TYPE_CHECKING:
    from tests.template.template import Template

# The name of a service in its endpoint, where it is not the one in its actions.
ENDPOINTS = {
    "ecr": {"ecr.api", "ecr.dkr"},
    # ECS's agent calls it on instances. On Fargate it is AWS's own, and so is its way.
    "ecs": set[str](),
}
AGENT = {"ecs", "ecs-agent", "ecs-telemetry"}
NETWORK = "AWS::EC2::"


def _reachable(template: Template) -> set[str]:
    return {
        properties["ServiceName"]["Fn::Sub"].partition("${AWS::Region}.")[2]
        for name, properties in template.of_type("AWS::EC2::VPCEndpoint").items()
        if exists(template.document, name)
    }


def test_a_worker_reaches_every_service_that_its_roles_allow_and_no_other(
    template: Template,
) -> None:
    services = {
        action.partition(":")[0]
        for role in ("WorkerTaskRole", "WorkerExecutionRole")
        for statement in template.role_statements(role)
        for action in statement.actions
    }
    needed = set[str]().union(*(ENDPOINTS.get(service, {service}) for service in services))
    agents = AGENT if holds(template.document, "OnGpu") else set[str]()
    assert _reachable(template) == needed | agents


def test_the_service_waits_for_every_way_out(template: Template) -> None:
    """Its first tasks cannot fetch their image before; ECS ends a deployment whose tasks fail."""
    ways = {
        name
        for name, resource in template.resources.items()
        if resource["Type"] in {f"{NETWORK}VPCEndpoint", f"{NETWORK}SubnetRouteTableAssociation"}
        # Agents try again by themselves.
        and resource["Condition"] == "OwnNetwork"
    }
    assert _references(template.resources["WorkersService"]["Metadata"]) == ways
    given = {**template.document, "Conditions": {"OwnNetwork": {"Fn::Equals": ["one", "another"]}}}
    assert not _references(chosen(given, template.resources["WorkersService"]["Metadata"]))


def test_there_is_no_way_from_or_to_the_internet(template: Template) -> None:
    types = {resource["Type"] for resource in template.resources.values()}
    assert not types & {
        "AWS::EC2::InternetGateway",
        "AWS::EC2::EgressOnlyInternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::EIP",
        "AWS::EC2::Route",
    }
    for subnet in template.of_type("AWS::EC2::Subnet").values():
        assert not subnet.get("MapPublicIpOnLaunch")
    for service in template.of_type("AWS::ECS::Service").values():
        network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
        assert network["AssignPublicIp"] == "DISABLED"


def test_the_network_spans_three_zones_and_so_do_the_endpoints(template: Template) -> None:
    subnets = template.of_type("AWS::EC2::Subnet")
    zones = [subnet["AvailabilityZone"]["Fn::Select"] for subnet in subnets.values()]
    assert sorted(place for place, _ in zones) == [0, 1, 2]
    for _, named in zones:
        assert named == {"Fn::If": ["ZonesAreGiven", {"Ref": "WorkersZones"}, {"Fn::GetAZs": ""}]}
    for endpoint in template.of_type("AWS::EC2::VPCEndpoint").values():
        if endpoint["VpcEndpointType"] == "Interface":
            assert endpoint["SubnetIds"] == [{"Ref": name} for name in subnets]


def test_nothing_comes_in_but_the_workers_calls_to_the_endpoints(template: Template) -> None:
    ways_in = {
        name: group.get("SecurityGroupIngress", [])
        for name, group in template.of_type("AWS::EC2::SecurityGroup").items()
    }
    assert not template.of_type("AWS::EC2::SecurityGroupIngress")
    assert ways_in.pop("WorkersSecurityGroup") == []
    ((way,),) = ways_in.values()
    assert (way["IpProtocol"], way["FromPort"], way["ToPort"]) == ("tcp", 443, 443)
    assert way["SourceSecurityGroupId"] == {"Fn::GetAtt": ["WorkersSecurityGroup", "GroupId"]}
    assert "CidrIp" not in way


def test_workers_speak_https_and_nothing_else(template: Template) -> None:
    for rule in template.properties("WorkersSecurityGroup")["SecurityGroupEgress"]:
        assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)


def test_in_a_network_that_is_there_already_only_the_workers_own_group_is_made(
    template: Template,
) -> None:
    conditions = template.document["Conditions"]
    given = {
        **template.document,
        "Conditions": {
            **conditions,
            "OwnNetwork": {"Fn::Equals": ["vpc-0123456789abcdef0", "vpc-00000000"]},
        },
    }
    made = {
        name
        for name, resource in template.resources.items()
        if resource["Type"].startswith(NETWORK) and exists(given, name)
    }
    assert made - {"GpuLaunchTemplate"} == {"WorkersSecurityGroup"}
    group = chosen(given, template.properties("WorkersSecurityGroup"))
    assert isinstance(group["VpcId"], str), "the parameter, and no reference"
    for name in ("WorkersService", "GpuInstances"):
        assert not {"WorkersSubnetA", "WorkersNetwork"} & _references(
            chosen(given, template.properties(name))
        )


def _references(value: object) -> set[str]:
    if isinstance(value, list):
        return set[str]().union(*map(_references, value))
    if isinstance(value, dict):
        if isinstance(value.get("Ref"), str):
            return {value["Ref"]}
        return set[str]().union(*map(_references, value.values()))
    return set()
