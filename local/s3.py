"""S3: events in AWS's shape, and buckets with every property their template gives them."""

from __future__ import annotations

import io
import itertools
import json
import time
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote_plus

from moto.core.common_models import CloudFormationModel
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3 import notifications
from moto.s3.models import FakeBucket, FakeKey, S3Backend, s3_backends
from moto.utilities.utils import get_partition

from local.background import start
from local.faults.deliveries import deliver
from local.faults.plan import Happening
from local.patching import add, replace
from local.template_resource import TemplateResource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.context import Context

ACCOUNT_PRINCIPAL: Final = "AWS:AIDALOCAL"
EVERYONE: Final = ("*", {"AWS": "*"})


def install(context: Context) -> None:
    """Patch moto's S3 before its server starts."""
    del context
    _send_events_as_aws_does()
    _tell_a_multipart_upload_once()
    _invoke_functions_in_the_background()
    _deliver_events_as_the_plan_says()
    _list_versions_without_their_content()
    _apply_bucket_properties()
    _weigh_policies_that_hold_for_everyone()


def _send_events_as_aws_does() -> None:
    """AWS's records have a growing sequencer, a version, a requester; moto's lack them."""
    sequence = itertools.count(time.time_ns())

    def event_of(
        event_name: str, bucket: FakeBucket, key: Any, notification_id: str
    ) -> dict[str, Any]:
        removed = event_name.startswith("s3:ObjectRemoved:")
        described: dict[str, Any] = {"key": quote_plus(key.name, safe="/")}
        if not removed:
            described |= {"size": key.size, "eTag": key.etag.replace('"', "")}
        if bucket.is_versioned:
            described["versionId"] = key.version_id
        described["sequencer"] = f"{next(sequence):016X}"
        record = {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": bucket.region_name,
            "eventTime": iso_8601_datetime_with_milliseconds(),
            "eventName": event_name.removeprefix("s3:"),
            "userIdentity": {"principalId": ACCOUNT_PRINCIPAL},
            "requestParameters": {"sourceIPAddress": "127.0.0.1"},
            "responseElements": {
                "x-amz-request-id": f"{next(sequence):X}",
                "x-amz-id-2": "local",
            },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": notification_id,
                "bucket": {
                    "name": bucket.name,
                    "ownerIdentity": {"principalId": ACCOUNT_PRINCIPAL},
                    "arn": bucket.arn,
                },
                "object": described,
            },
        }
        return {"Records": [record]}

    replace(notifications, "_get_s3_event", event_of)


def _tell_a_multipart_upload_once() -> None:
    """AWS sends CompleteMultipartUpload alone; moto sends Put before it."""

    def put_object(backend: S3Backend, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("multipart") is not None:
            kwargs["disable_notification"] = True
        return original(backend, *args, **kwargs)

    original = replace(S3Backend, "put_object", put_object)


def _invoke_functions_in_the_background() -> None:
    """AWS answers a PUT before the function that its event starts; moto runs it first."""

    def invoke(account_id: str, event_body: Any, fn_arn: str, region_name: str) -> None:
        start(original, account_id, event_body, fn_arn, region_name)

    original = replace(notifications, "_invoke_awslambda", invoke)


def _deliver_events_as_the_plan_says() -> None:
    """AWS delivers an event at least once, late or early; now and then not at all."""

    def send(account_id: str, event_body: Any, queue_name: str, region_name: str) -> None:
        if "Records" not in event_body:  # the test event of a new configuration
            original(account_id, event_body, queue_name, region_name)
            return
        described = event_body["Records"][0]["s3"]
        happening = Happening(
            "event", "s3", "Event", described["bucket"]["name"], described["object"]["key"]
        )
        deliver(happening, original, account_id, event_body, queue_name, region_name)

    original = replace(notifications, "_send_sqs_message", send)


def _list_versions_without_their_content() -> None:
    """AWS lists what it knows of versions; moto first copies all that the bucket holds."""

    def copied(key: FakeKey, _memo: dict[int, Any]) -> FakeKey:
        _ = key.etag  # made of the content when it is first asked for
        listed = cast("FakeKey", FakeKey.__new__(FakeKey))
        # A copy closes its content and its parts when it goes, so they must be its own.
        vars(listed).update(vars(key) | {"_value_buffer": io.BytesIO(), "multipart": None})
        return listed

    add(FakeKey, "__deepcopy__", copied)


def _apply_bucket_properties() -> None:
    """AWS applies all of a template's bucket; moto its encryption and tags alone."""

    def create(
        _cls: type[FakeBucket],
        /,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: object,
    ) -> FakeBucket:
        bucket: FakeBucket = original_create(
            resource_name, cloudformation_json, account_id, region_name, **kwargs
        )
        _configure(bucket, cloudformation_json.get("Properties", {}))
        return bucket

    def update(
        _cls: type[FakeBucket],
        original_resource: FakeBucket,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> FakeBucket:
        properties = cloudformation_json.setdefault("Properties", {})
        # moto reads the name of a bucket that has tags from here, though AWS may have made it up.
        properties.setdefault("BucketName", original_resource.name)
        bucket: FakeBucket = original_update(
            original_resource, new_resource_name, cloudformation_json, account_id, region_name
        )
        _configure(bucket, properties)
        return bucket

    original_create = replace(FakeBucket, "create_from_cloudformation_json", classmethod(create))
    original_update = replace(FakeBucket, "update_from_cloudformation_json", classmethod(update))


def _weigh_policies_that_hold_for_everyone() -> None:
    """AWS weighs conditions; moto overlooks them and so refuses all where only HTTP is refused."""

    def get_permission(bucket: FakeBucket, action: str, resource: str) -> Any:
        if bucket.policy is None:
            return PermissionResult.NEUTRAL
        policy = json.loads(bucket.policy)
        policy["Statement"] = [
            statement
            for statement in policy["Statement"]
            if "Condition" not in statement and statement.get("Principal") in EVERYONE
        ]
        return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)

    replace(FakeBucket, "get_permission", get_permission)


def _configure(bucket: FakeBucket, properties: dict[str, Any]) -> None:
    bucket.versioning_status = properties.get("VersioningConfiguration", {}).get("Status")
    cors_rules = properties.get("CorsConfiguration", {}).get("CorsRules", [])
    bucket.set_cors([_cors_rule(rule) for rule in cors_rules])
    bucket.set_notification_configuration(
        _notifications(properties.get("NotificationConfiguration", {}))
    )


def _cors_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Translate a template's rule to the words of the API, which moto keeps."""
    translated = {
        "AllowedMethod": rule["AllowedMethods"],
        "AllowedOrigin": rule["AllowedOrigins"],
        "AllowedHeader": rule.get("AllowedHeaders", []),
        "ExposeHeader": rule.get("ExposedHeaders", []),
    }
    if "MaxAge" in rule:
        translated["MaxAgeSeconds"] = str(rule["MaxAge"])
    return translated


def _notifications(configuration: dict[str, Any]) -> dict[str, Any]:
    """Translate a template's configuration to the words of the API, which moto keeps."""
    translated: dict[str, Any] = {
        "QueueConfiguration": [
            _notification(entry, "Queue", "Queue")
            for entry in configuration.get("QueueConfigurations", [])
        ],
        "CloudFunctionConfiguration": [
            _notification(entry, "Function", "CloudFunction")
            for entry in configuration.get("LambdaConfigurations", [])
        ],
    }
    event_bridge = configuration.get("EventBridgeConfiguration")
    # In a template the bridge is on unless it says otherwise.
    if event_bridge is not None and str(event_bridge.get("EventBridgeEnabled", True)) != "False":
        translated["EventBridgeConfiguration"] = {}
    return translated


def _notification(entry: dict[str, Any], name: str, api_name: str) -> dict[str, Any]:
    translated: dict[str, Any] = {api_name: entry[name], "Event": [entry["Event"]]}
    rules = entry.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    if rules:
        # AWS takes "Prefix" and "prefix"; moto compares with the latter.
        named = [{"Name": rule["Name"].lower(), "Value": rule["Value"]} for rule in rules]
        translated["Filter"] = {"S3Key": {"FilterRule": named}}
    return translated


class BucketPolicy(TemplateResource, CloudFormationModel):
    """AWS::S3::BucketPolicy, which moto does not make."""

    resource_type = "AWS::S3::BucketPolicy"

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Set the bucket's policy."""
        del name
        backend: S3Backend = s3_backends[account_id][get_partition(region_name)]
        policy = json.dumps(properties["PolicyDocument"]).encode()
        backend.put_bucket_policy(properties["Bucket"], policy)
        return str(properties["Bucket"])
