"""What a deployment asks of IAM: for the stack's resource types, for the framework, for commands.

What CloudFormation calls for a type, its handlers' permissions, is in the type's public schema;
cfn-lint ships it.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from cfnlint.schema.manager import (  # type: ignore[import-untyped]  # has no types
    PROVIDER_SCHEMA_MANAGER,
)

from tests.template.granted import actions_called

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.template.template import Template

UNUSED: Final[Mapping[str, str]] = {
    "apigateway:*agResource": "no action of IAM: tags are written by POST and DELETE",
    "application-autoscaling:*ScheduledAction": "the fleet follows no clock",
    "autoscaling:*LifecycleHook": "ECS drains instances itself",
    "autoscaling:*LoadBalancer*": "nobody calls the workers",
    "autoscaling:*InstanceRefresh": "instances have a longest life instead",
    "autoscaling:*MetricsCollection": "the service's tasks are counted, not instances",
    "autoscaling:*NotificationConfiguration": "nobody listens to the group",
    "autoscaling:*Processes": "the group has no update policy",
    "autoscaling:*TrafficSources": "nobody calls the workers",
    "cloudfront:*ConnectionGroup": "of distributions for many tenants",
    "cloudfront:CreateDistributionWithTags": "no action of IAM: CreateDistribution is",
    "cloudfront:GetVpcOrigin": "every origin is public",
    "cloudfront:UpdateDistributionWithStagingConfig": "there is no staging distribution",
    "cloudwatch:GetMetricData": "scaling predicts nothing",
    "dynamodb:*Item": "of imports and replicas",
    "dynamodb:*TableReplica": "tables are of one region",
    "dynamodb:*able*KinesisStreamingDestination": "tables feed no stream",
    "dynamodb:UpdateKinesisStreamingDestination": "tables feed no stream",
    "dynamodb:ImportTable": "tables begin empty",
    "dynamodb:[DP]*ResourcePolicy": "tables have no policy of their own",
    "dynamodb:Query": "of replicas",
    "dynamodb:Scan": "of replicas",
    "dynamodb:UpdateContributorInsights": "not used",
    "ec2:*SubnetCidrBlock": "subnets have no IPv6",
    "ec2:*VpcEncryptionControl": "not used",
    "ec2:Get*": "of instance types chosen by their attributes",
    "ec2:ModifyVpcTenancy": "not used",
    "ecs:PutAccountSetting*": "not used",
    "elasticfilesystem:*": "functions mount nothing",
    "elasticloadbalancing:*": "nobody calls the workers",
    "firehose:*": "logs stay where they are",
    "iam:*RolePermissionsBoundary": "roles have no boundary of their own",
    "iam:*tachRolePolicy": "roles have no managed policies",
    "kinesis:*": "tables feed no stream",
    "kms:*Grant": "tables and functions use AWS's keys",
    "kms:*crypt": "as above",
    "kms:GenerateDataKey": "as above",
    "kms:ListAliases": "as above",
    "lambda:*CodeSigningConfig": "not used; reading it goes by GetFunction*",
    "lambda:*ProvisionedConcurrencyConfig": "what scales is a service",
    "lambda:AssociateRuntimeAlias": "not used",
    "lambda:PassCapacityProvider": "functions run on Lambda's own capacity",
    "lambda:PublishVersion": "functions have no versions",
    "lambda:PutFunction[RS]*": "not used",
    "lambda:PutRuntimeManagementConfig": "not used",
    "logs:*BearerTokenAuthentication": "not used",
    "logs:*KmsKey": "logs use AWS's keys",
    "logs:*LogEvents": "of a table's import",
    "logs:*LogStream*": "of a table's import",
    "logs:CreateLogDelivery": "logs stay where they are",
    "logs:[DP]*DataProtectionPolicy": "not used",
    "logs:[DP]*IndexPolicy": "not used",
    "logs:[DP]*ResourcePolicy": "log groups have no policy of their own",
    "logs:PutLogGroupDeletionProtection": "not used",
    "managed-fleets:*": "not used",
    "s3:*AnalyticsConfiguration": "not used; reading it goes by Get*Configuration",
    "s3:*BucketAbac": "not used; reading it goes by GetBucket*",
    "s3:*MetadataTableConfiguration": "not used",
    "s3:*Replication*": "not used; reading it goes by Get*Configuration",
    "s3:*Website": "the edge serves the page",
    "s3:DeleteBucketCors": "no action of IAM: PutBucketCORS is",
    "s3:DeleteBucketEncryption": "no action of IAM: PutEncryptionConfiguration is",
    "s3:DeleteBucketLifecycle": "no action of IAM: PutLifecycleConfiguration is",
    "s3:DeleteBucketMetricsConfiguration": "not used",
    "s3:GetObjectMetadata": "no action of IAM",
    "s3:Put[AIM]*Configuration": "not used",
    "s3:PutBucketLogging": "not used",
    "s3:PutBucketObjectLockConfiguration": "no action of IAM",
    "s3:PutObjectAcl": "no object has one",
    "s3:PutObjectLockConfiguration": "no action of IAM",
    "s3:REST.PUT.OBJECT": "no action of IAM",
    "s3:UpdateBucketMetadata*": "not used",
    "s3:getObject": "the API is not imported from a file",
    "s3files:*": "functions mount nothing",
    "s3tables:*": "not used",
    "ses:DescribeConfigurationSet": "of SES's first interface; GetConfigurationSet is the second's",
    "ses:PutConfigurationSet[ATV]*": "not used",
    "ses:PutConfigurationSetSendingOptions": "not used",
    "sns:PutDataProtectionPolicy": "not used",
    "ssm:Get[*]": "the image is a parameter of the stack",
    "vpc-lattice:*": "not used",
    "vpce:AllowMultiRegion": "endpoints are of the same region",
}
"""What handlers ask for only where a template uses what this one does not, with the reason."""

FRAMEWORK: Final[Mapping[str, str]] = {
    "cloudformation:CreateChangeSet": "creates and updates the stack",
    "cloudformation:DeleteChangeSet": "drops the one before it",
    "cloudformation:DescribeChangeSet": "waits for it",
    "cloudformation:DescribeStackEvents": "shows the progress",
    "cloudformation:DescribeStackResource": "finds the bucket of packages",
    "cloudformation:ExecuteChangeSet": "creates and updates the stack",
    "cloudformation:GetTemplate": "adds a bucket of packages to a stack without one",
    "cloudformation:ListStackResources": "counts them, to show",
    "cloudformation:TagResource": "the stack's tag with its stage",
    "cloudformation:UntagResource": "as above",
    "cloudformation:ValidateTemplate": "before each deployment",
    "s3:DeleteObject": "drops old packages",
    "s3:GetObject": "compares packages with those before",
    "s3:ListBucket": "finds them",
    "s3:PutObject": "stores packages",
    "ssm:GetParameter": "reads the worker's image",
}
"""What osls 4 calls beside what CloudFormation calls for it (its lib/plugins/aws/deploy)."""

COMMANDS: Final = ("commands.deploy", "commands.doctor.__main__", "commands.smoke.__main__")
"""What a deployment runs (.github/workflows/deploy.yml)."""

_HANDLERS: Final = ("create", "read", "update", "delete")
_REFERENCES: Final = {
    "{{resolve:secretsmanager:": "secretsmanager:GetSecretValue",
    "{{resolve:ssm:": "ssm:GetParameters",
    "AWS::SSM::Parameter::Value<": "ssm:GetParameters",
}
"""What CloudFormation reads for whoever deploys, by how a template says so."""


def handler_actions(template: Template) -> set[str]:
    """All that the handlers of a template's resource types may call.

    Raises:
        LookupError: a type's schema names no handlers.
    """
    types = {resource["Type"] for resource in template.resources.values()}
    return {action for each in types for action in _of_type(each)}


def _of_type(resource_type: str) -> Iterator[str]:
    found = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type)
    handlers: Mapping[str, Any] = found.schema.get("handlers", {})
    if not handlers:
        raise LookupError(f"{resource_type}: no handlers are known")
    for name in _HANDLERS:
        yield from handlers.get(name, {}).get("permissions", ())


def needed_to_deploy(template: Template, text: str) -> set[str]:
    """All that deploying a template needs, the commands around it included.

    Args:
        template: the compiled one.
        text: the same as it is written.
    """
    of_types = {action for action in handler_actions(template) if not matches(action, UNUSED)}
    read = {action for sign, action in _REFERENCES.items() if sign in text}
    called = {action for command in COMMANDS for action in actions_called(command, "main")}
    return of_types | read | called | FRAMEWORK.keys()


def matches(action: str, patterns: Iterable[str]) -> bool:
    """Whether one of some patterns stands for an action, which may be a pattern itself."""
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def placed(text: str) -> str:
    """A policy with an account, a region and a stage in the place of the words for them."""
    places = {"ACCOUNT": "123456789012", "REGION": "us-east-1", "STAGE": "dev"}
    return re.sub("|".join(places), lambda found: places[found[0]], text)
