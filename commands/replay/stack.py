"""What a deployed stage is made of, by the names of its template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


@dataclass(frozen=True)
class Stack:
    """One deployed stack.

    Attributes:
        client: CloudFormation's.
        name: the stack's.
    """

    client: CloudFormationClient
    name: str

    def resource(self, logical_id: str) -> str:
        """The name, the ARN or the address of a resource: what `Ref` gives in the template."""
        answer = self.client.describe_stack_resource(
            StackName=self.name, LogicalResourceId=logical_id
        )
        return answer["StackResourceDetail"]["PhysicalResourceId"]
