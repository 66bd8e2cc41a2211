"""What the API may do to jobs that are there: within one job's data, and one state machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.template.template import Statement, Template

KEEPS_JOBS = ("AudioBucket", "WorkBucket", "TranscriptsBucket")


def statement(template: Template, action: str) -> Statement:
    (found,) = (s for s in template.role_statements("ApiRole") if action in s.actions)
    return found


def test_the_api_deletes_objects_and_their_versions_under_the_prefixes_of_jobs_alone(
    template: Template,
) -> None:
    objects = [{"Fn::Sub": f"${{{bucket}.Arn}}/*/*/*"} for bucket in KEEPS_JOBS]
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert list(statement(template, action).resources) == objects


def test_the_api_lists_the_objects_of_one_job_and_never_a_whole_bucket(template: Template) -> None:
    buckets = [{"Fn::GetAtt": [bucket, "Arn"]} for bucket in KEEPS_JOBS]
    for action in ("s3:ListBucketVersions", "s3:ListBucketMultipartUploads"):
        allowed = statement(template, action)
        assert list(allowed.resources) == buckets
        assert allowed.document["Condition"] == {"StringLike": {"s3:prefix": "*/*/*"}}


def test_the_api_knows_the_buckets_that_it_deletes_from(template: Template) -> None:
    variables = environment(template)
    for variable, bucket in zip(
        ("AUDIO_BUCKET", "WORK_BUCKET", "TRANSCRIPTS_BUCKET"), KEEPS_JOBS, strict=True
    ):
        assert variables[variable] == {"Ref": bucket}


def test_the_api_starts_the_state_machine_and_stops_its_executions_and_no_others(
    template: Template,
) -> None:
    machine = {"Ref": "TranscriptionStateMachine"}
    assert list(statement(template, "states:StartExecution").resources) == [machine]
    assert environment(template)["STATE_MACHINE_ARN"] == machine
    for action in ("states:StopExecution", "states:DescribeExecution"):
        (executions,) = statement(template, action).resources
        assert executions["Fn::Sub"].endswith(":execution:${TranscriptionStateMachine.Name}:*")


def test_the_api_invalidates_the_one_distribution(template: Template) -> None:
    (distribution,) = statement(template, "cloudfront:CreateInvalidation").resources
    assert distribution["Fn::Sub"].endswith(":distribution/${EdgeDistribution}")
    assert environment(template)["EDGE_DISTRIBUTION_ID"] == {"Ref": "EdgeDistribution"}


def environment(template: Template) -> dict[str, Any]:
    variables: dict[str, Any] = template.properties("ApiLambdaFunction")["Environment"]["Variables"]
    return variables
