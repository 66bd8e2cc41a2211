"""What AWS checks about queues and buckets at a deployment, and a local AWS does not."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from tests.template.template import Template, statements

if TYPE_CHECKING:
    from typing import Any


def _senders(policy: dict[str, Any]) -> set[str]:
    found = statements("policy", policy["PolicyDocument"])
    return {s.document["Principal"]["Service"] for s in found if s.effect == "Allow"}


def test_the_audio_bucket_has_a_fixed_name_so_that_the_queue_policy_needs_no_reference(
    template: Template,
) -> None:
    name = template.properties("AudioBucket")["BucketName"]["Fn::Sub"]
    policy = template.properties("UploadsQueuePolicy")["PolicyDocument"]["Statement"][0]
    source = policy["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert source == "arn:${AWS::Partition}:s3:::" + name
    assert '"AudioBucket"' not in json.dumps(template.resources["UploadsQueuePolicy"])


def test_the_audio_bucket_is_made_after_the_policy_that_lets_it_write(template: Template) -> None:
    assert template.resources["AudioBucket"]["DependsOn"] == ["UploadsQueuePolicy"]


def test_each_queue_has_at_most_one_policy(template: Template) -> None:
    policies = template.of_type("AWS::SQS::QueuePolicy").values()
    queues = Counter(queue["Ref"] for policy in policies for queue in policy["Queues"])
    assert set(queues.values()) == {1}


def test_every_queue_that_a_service_writes_to_has_a_policy_that_names_its_source(
    template: Template,
) -> None:
    by_queue = {
        policy["Queues"][0]["Ref"]: policy
        for policy in template.of_type("AWS::SQS::QueuePolicy").values()
    }
    assert _senders(by_queue["UploadsQueue"]) == {"s3.amazonaws.com"}
    assert _senders(by_queue["NotificationsQueue"]) == {"events.amazonaws.com"}
    assert _senders(by_queue["NotificationsDeadLetterQueue"]) == {"events.amazonaws.com"}
    for policy in by_queue.values():
        for statement in policy["PolicyDocument"]["Statement"]:
            assert "aws:SourceArn" in statement["Condition"]["ArnEquals"]


def test_queues_use_sqs_own_encryption_because_s3_and_events_cannot_use_the_managed_key(
    template: Template,
) -> None:
    for properties in template.of_type("AWS::SQS::Queue").values():
        assert properties["SqsManagedSseEnabled"] is True
        assert "KmsMasterKeyId" not in properties


def test_every_queue_has_a_dead_letter_queue_or_is_one(template: Template) -> None:
    queues = template.of_type("AWS::SQS::Queue")
    targets = {
        properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for properties in queues.values()
        if "RedrivePolicy" in properties
    }
    assert targets == {name for name in queues if "RedrivePolicy" not in queues[name]}
    assert len(targets) * 2 == len(queues), "a dead-letter queue serves one queue only"


def test_a_chunk_may_be_handed_back_often_before_it_counts_as_lost(template: Template) -> None:
    for queue in ("ChunksQueue", "DetectQueue"):
        assert template.properties(queue)["RedrivePolicy"]["maxReceiveCount"] == 10


def test_messages_stay_hidden_longer_than_their_function_runs(template: Template) -> None:
    functions = template.of_type("AWS::Lambda::Function")
    for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values():
        function = functions[mapping["FunctionName"]["Fn::GetAtt"][0]]
        queue = template.properties(mapping["EventSourceArn"]["Fn::GetAtt"][0])
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_chunks_wait_in_the_queue_no_shorter_than_their_state_waits_for_them(
    template: Template,
) -> None:
    state = template.state_machine()["States"]["DetectOnFleet"]
    assert template.properties("ChunksQueue")["MessageRetentionPeriod"] > state["TimeoutSeconds"]


def test_buckets_are_private_encrypted_and_refuse_plain_http(template: Template) -> None:
    policies = {p["Bucket"]["Ref"]: p for p in template.of_type("AWS::S3::BucketPolicy").values()}
    for name, properties in template.of_type("AWS::S3::Bucket").items():
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert properties["BucketEncryption"]
        (refusal,) = (
            statement
            for statement in policies[name]["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny"
        )
        ((operator, tested),) = refusal["Condition"].items()
        assert (operator, *tested) == ("Bool", "aws:SecureTransport")
        assert str(tested["aws:SecureTransport"]).lower() == "false"


def test_nobody_but_this_stacks_edge_reads_buckets_by_their_policies(template: Template) -> None:
    readers = {
        policy["Bucket"]["Ref"]: statement
        for policy in template.of_type("AWS::S3::BucketPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    }
    assert readers.keys() == {"AudioBucket", "TranscriptsBucket", "WebBucket"}
    for statement in readers.values():
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        source = statement["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
        assert source.endswith(":distribution/${EdgeDistribution}")
    for bucket in ("AudioBucket", "TranscriptsBucket"):
        assert readers[bucket]["Action"] == "s3:GetObject"


def test_work_is_kept_as_long_as_an_execution_can_be_redriven(template: Template) -> None:
    (rule,) = template.properties("WorkBucket")["LifecycleConfiguration"]["Rules"]
    redrive_days = 14
    assert rule["ExpirationInDays"] > redrive_days
