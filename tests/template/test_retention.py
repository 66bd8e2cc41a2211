"""What is kept for how long, and the sweep that brings to an end what broke off."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from scribe import jobs

from functions.sweep.inbox_sweep import HORIZON
from functions.sweep.run import Run

if TYPE_CHECKING:
    from tests.template.template import Template

REDRIVE_DAYS = 14


def _lifecycle(template: Template, bucket: str) -> dict[str, dict[str, Any]]:
    rules = template.properties(bucket)["LifecycleConfiguration"]["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    return {rule["Id"]: rule for rule in rules}


def _setting(template: Template, function: str, name: str) -> int:
    properties = template.properties(f"{function}LambdaFunction")
    return int(properties["Environment"]["Variables"][name])


def test_recordings_become_cheap_after_a_month_and_go_after_a_year(template: Template) -> None:
    rule = _lifecycle(template, "AudioBucket")["archive-then-expire"]
    assert rule["Transitions"] == [{"StorageClass": "GLACIER_IR", "TransitionInDays": 30}]
    assert rule["ExpirationInDays"] == 365


def test_a_recording_that_was_replaced_is_kept_while_its_execution_can_be_redriven(
    template: Template,
) -> None:
    assert template.properties("AudioBucket")["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = _lifecycle(template, "AudioBucket")
    replaced = rules["archive-then-expire"]["NoncurrentVersionExpiration"]
    assert replaced["NoncurrentDays"] > REDRIVE_DAYS
    # With versions, an expiry leaves a marker; in a rule with an age S3 refuses to remove it.
    markers = rules["forget-expired"]
    assert markers["ExpiredObjectDeleteMarker"] is True
    assert "ExpirationInDays" not in markers


def test_parts_of_an_upload_are_kept_no_shorter_than_the_sweep_waits_for_it(
    template: Template,
) -> None:
    rule = _lifecycle(template, "AudioBucket")["abandoned-uploads"]
    kept_days = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
    assert kept_days >= _setting(template, "Sweep", "UPLOAD_DAYS")


def test_rows_that_end_by_themselves_are_dropped_by_their_tables(template: Template) -> None:
    ends = {
        name: properties["TimeToLiveSpecification"]
        for name, properties in template.of_type("AWS::DynamoDB::Table").items()
    }
    assert ends == {
        "JobsTable": {"AttributeName": "expires_at", "Enabled": True},
        "UsageTable": {"AttributeName": "expires_at", "Enabled": True},
        "IdempotencyTable": {"AttributeName": "expiration", "Enabled": True},
    }


def test_the_sweep_runs_on_a_schedule(template: Template) -> None:
    function = {"Fn::GetAtt": ["SweepLambdaFunction", "Arn"]}
    (rule,) = (
        properties
        for properties in template.of_type("AWS::Events::Rule").values()
        if properties["Targets"][0]["Arn"] == function
    )
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(5 minutes)", "ENABLED")


def test_a_run_of_the_sweep_has_time_beyond_its_reserve(template: Template) -> None:
    whole_ms = 1000 * template.properties("SweepLambdaFunction")["Timeout"]
    assert Run(lambda: whole_ms).reserve_ms < whole_ms / 2


def test_deleted_jobs_are_looked_after_longer_than_anything_of_them_can_come(
    template: Template,
) -> None:
    patience = _setting(template, "Sweep", "DELETION_PATIENCE_SECONDS")
    signed = _setting(template, "Api", "UPLOAD_URL_LIFETIME_SECONDS")
    preparing = template.properties("PrepareAudioLambdaFunction")["Timeout"]
    assert patience >= 2 * max(signed, preparing)
    assert patience < jobs.TOMBSTONE_SECONDS


def test_no_job_of_the_inbox_is_made_anew_after_its_tombstone_is_gone() -> None:
    assert timedelta(seconds=jobs.TOMBSTONE_SECONDS) > HORIZON
