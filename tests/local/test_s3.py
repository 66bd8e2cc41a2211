"""S3: events reach queues as AWS sends them, and a template's bucket is made whole."""

from __future__ import annotations

import itertools
import json
import subprocess
from typing import TYPE_CHECKING, Any

from tests.local.conftest import bodies, deploy

if TYPE_CHECKING:
    from local.aws import LocalAws


def resources(name: str, **bucket: object) -> dict[str, Any]:
    """A bucket whose new .mp3 objects under inbox/ are told to a queue."""
    notification = {
        "Event": "s3:ObjectCreated:*",
        "Queue": {"Fn::GetAtt": ["Queue", "Arn"]},
        "Filter": {
            "S3Key": {
                "Rules": [
                    {"Name": "prefix", "Value": "inbox/"},
                    {"Name": "suffix", "Value": ".mp3"},
                ]
            }
        },
    }
    properties = {
        "BucketName": name,
        "NotificationConfiguration": {"QueueConfigurations": [notification]},
        **bucket,
    }
    return {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties},
    }


def told(aws: LocalAws, name: str) -> list[dict[str, Any]]:
    return [record for body in bodies(aws, name) for record in body.get("Records", [])]


def test_the_queue_first_gets_the_test_event_that_aws_sends(aws: LocalAws, name: str) -> None:
    deploy(aws, name, resources(name))
    (event,) = bodies(aws, name)
    assert event["Event"] == "s3:TestEvent"
    assert event["Bucket"] == name


def test_a_new_object_is_told_in_awss_shape(aws: LocalAws, name: str) -> None:
    deploy(aws, name, resources(name, VersioningConfiguration={"Status": "Enabled"}))
    stored = aws.client("s3").put_object(Bucket=name, Key="inbox/my talk ñ.mp3", Body=b"12345")
    (record,) = told(aws, name)
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["eventTime"].endswith("Z")
    assert record["s3"]["bucket"]["name"] == name
    described = record["s3"]["object"]
    assert int(described.pop("sequencer"), 16)
    assert described == {
        "key": "inbox/my+talk+%C3%B1.mp3",
        "size": 5,
        "eTag": stored["ETag"].strip('"'),
        "versionId": stored["VersionId"],
    }


def test_prefix_and_suffix_choose_what_is_told(aws: LocalAws, name: str) -> None:
    deploy(aws, name, resources(name))
    for key in ("other/a.mp3", "inbox/a.txt", "inbox/a.mp3"):
        aws.client("s3").put_object(Bucket=name, Key=key, Body=b"")
    assert [record["s3"]["object"]["key"] for record in told(aws, name)] == ["inbox/a.mp3"]


def test_sequencers_grow(aws: LocalAws, name: str) -> None:
    deploy(aws, name, resources(name))
    for _ in range(3):
        aws.client("s3").put_object(Bucket=name, Key="inbox/a.mp3", Body=b"")
    sequencers = [record["s3"]["object"]["sequencer"] for record in told(aws, name)]
    assert all(earlier < later for earlier, later in itertools.pairwise(sequencers))


def test_a_multipart_upload_is_told_once_when_complete(aws: LocalAws, name: str) -> None:
    deploy(aws, name, resources(name))
    s3, key = aws.client("s3"), "inbox/long.mp3"
    upload = s3.create_multipart_upload(Bucket=name, Key=key)["UploadId"]
    part = s3.upload_part(Bucket=name, Key=key, UploadId=upload, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(
        Bucket=name,
        Key=key,
        UploadId=upload,
        MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]},
    )
    (record,) = told(aws, name)
    assert record["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert record["s3"]["object"]["size"] == 1


def test_cors_rules_and_policies_of_the_template_are_set(aws: LocalAws, name: str) -> None:
    rule = {"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://a.example"], "MaxAge": 60}
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": {
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": f"arn:aws:s3:::{name}/*",
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ]
            },
        },
    }
    made = resources(name, CorsConfiguration={"CorsRules": [rule]})
    deploy(aws, name, {**made, "Policy": policy})
    s3 = aws.client("s3")
    (found,) = s3.get_bucket_cors(Bucket=name)["CORSRules"]
    assert found["AllowedOrigins"] == ["https://a.example"]
    assert "SecureTransport" in s3.get_bucket_policy(Bucket=name)["Policy"]
    # What is refused over HTTP alone is not refused altogether.
    s3.put_object(Bucket=name, Key="any", Body=b"")


def test_a_second_deployment_keeps_the_objects_and_changes_the_filter(
    aws: LocalAws, name: str
) -> None:
    made = resources(name)
    deploy(aws, name, made)
    aws.client("s3").put_object(Bucket=name, Key="inbox/a.mp3", Body=b"kept")
    properties = made["Bucket"]["Properties"]
    properties["NotificationConfiguration"]["QueueConfigurations"][0].pop("Filter")
    deploy(aws, name, made)
    bodies(aws, name)
    aws.client("s3").put_object(Bucket=name, Key="anything", Body=b"")
    assert [record["s3"]["object"]["key"] for record in told(aws, name)] == ["anything"]
    assert aws.client("s3").get_object(Bucket=name, Key="inbox/a.mp3")["Body"].read() == b"kept"


def test_listing_versions_neither_copies_nor_keeps_their_content(aws: LocalAws, name: str) -> None:
    listings, size = 40, 4 << 20
    deploy(aws, name, {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}})
    s3 = aws.client("s3")
    s3.put_object(Bucket=name, Key="large", Body=b"." * size)
    before = resident_bytes(aws)
    for _ in range(listings):
        (version,) = s3.list_object_versions(Bucket=name)["Versions"]
        assert version["Size"] == size
    assert resident_bytes(aws) - before < listings * size / 4


def resident_bytes(aws: LocalAws) -> int:
    """The memory that the process of a local AWS has."""
    process_id = json.loads((aws.logs.parent / "ready.json").read_text())["pid"]
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(process_id)], check=True, capture_output=True, text=True
    )
    return int(told.stdout) * 1024
