"""What is kept, how long, and what survives a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.template.template import Template

DATA = {"AWS::S3::Bucket", "AWS::DynamoDB::Table"}
MADE_BY_THE_FRAMEWORK = {"ServerlessDeploymentBucket": "the framework keeps five packages in it"}
KEPT_IN_PRODUCTION = {"JobsTable", "AudioBucket", "TranscriptsBucket"}
"""All else is made again by a deployment, or is of use for days only."""
REDRIVE_DAYS = 14


def _rules(bucket: Mapping[str, Any]) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = bucket["LifecycleConfiguration"]["Rules"]
    assert {rule["Status"] for rule in rules} == {"Enabled"}
    return rules


def _found(bucket: Mapping[str, Any], key: str) -> list[Any]:
    return [rule[key] for rule in _rules(bucket) if key in rule]


def test_no_bucket_keeps_parts_of_uploads_that_nobody_finishes(template: Template) -> None:
    for name, properties in template.of_type("AWS::S3::Bucket").items():
        if name not in MADE_BY_THE_FRAMEWORK:
            (abort,) = _found(properties, "AbortIncompleteMultipartUpload")
            assert abort["DaysAfterInitiation"] == 1, name


def test_recordings_are_archived_after_a_month_and_dropped_after_a_year(template: Template) -> None:
    bucket = template.properties("AudioBucket")
    ((transition,),) = _found(bucket, "Transitions")
    assert transition == {"StorageClass": "GLACIER_IR", "TransitionInDays": 30}
    assert _found(bucket, "ExpirationInDays") == [365]


def test_transcripts_stay_until_their_owner_deletes_them(template: Template) -> None:
    assert _found(template.properties("TranscriptsBucket"), "ExpirationInDays") == []


@pytest.mark.parametrize("name", ["AudioBucket", "TranscriptsBucket"])
def test_what_was_replaced_stays_as_long_as_its_execution_can_be_redriven(
    template: Template, name: str
) -> None:
    bucket = template.properties(name)
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (expiration,) = _found(bucket, "NoncurrentVersionExpiration")
    assert expiration["NoncurrentDays"] > REDRIVE_DAYS
    assert _found(bucket, "ExpiredObjectDeleteMarker") == [True]


def test_every_table_is_encrypted_and_drops_what_is_outdated(template: Template) -> None:
    for properties in template.of_type("AWS::DynamoDB::Table").values():
        assert properties["SSESpecification"] == {"SSEEnabled": True}
        assert properties["TimeToLiveSpecification"]["Enabled"] is True
        assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_the_jobs_can_be_brought_back_to_any_second_of_the_last_month(template: Template) -> None:
    recovery = template.properties("JobsTable")["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}


def test_production_keeps_its_data_when_the_stack_goes(prod: Template) -> None:
    kept = {
        name
        for name, resource in prod.resources.items()
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate"
    }
    assert {name for name in kept if prod.resources[name]["Type"] in DATA} == KEPT_IN_PRODUCTION
    for name in KEPT_IN_PRODUCTION:
        assert prod.resources[name]["UpdateReplacePolicy"] == "Retain"
    assert prod.properties("JobsTable")["DeletionProtectionEnabled"] is True


def test_nothing_with_a_name_of_its_own_outlives_a_failed_deployment(template: Template) -> None:
    """What is kept by that name bars the next deployment."""
    named = {"BucketName", "TableName", "LogGroupName"}
    for name, resource in template.resources.items():
        if named & resource.get("Properties", {}).keys():
            assert resource.get("DeletionPolicy") != "Retain", name


def test_a_stage_for_trying_out_leaves_nothing_behind(dev: Template) -> None:
    for name, resource in dev.resources.items():
        if resource["Type"] in DATA:
            assert resource.get("DeletionPolicy", "Delete") == "Delete", name
    assert dev.properties("JobsTable")["DeletionProtectionEnabled"] is False


def test_no_log_is_kept_for_ever(template: Template) -> None:
    for name, properties in template.of_type("AWS::Logs::LogGroup").items():
        assert 0 < properties["RetentionInDays"] <= 90, name
