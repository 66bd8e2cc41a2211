"""startTranscription: one execution for each recording, on moto's DynamoDB and Step Functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest
from moto import mock_aws
from scribe import keys
from scribe.adapters import aws

from functions.start_transcription import handler as function
from tests.unit.jobs_support import (
    JOB,
    MACHINE,
    SOURCE,
    TABLE,
    USER,
    Clock,
    create_state_machine,
    jobs_table,
    new_job,
)
from tests.unit.lambda_support import Context, batch, kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.adapters.jobs_table import JobsTable

KEY = SOURCE["key"]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[JobsTable]:
    monkeypatch.setenv("JOBS_TABLE", TABLE)
    monkeypatch.setenv("STATE_MACHINE_ARN", MACHINE)
    monkeypatch.setenv("DEFAULT_LANGUAGE", "auto")
    monkeypatch.setenv("DEFAULT_UI_LANGUAGE", "es")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "test")
    function._starter.cache_clear()
    with mock_aws():
        create_state_machine()
        yield jobs_table(Clock())
    function._starter.cache_clear()


def record(key: str = KEY, *, sequencer: str = "01", etag: str = "0123") -> dict[str, Any]:
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "bucket": {"name": "audio"},
            "object": {
                "key": quote_plus(key, safe="/"),
                "size": 20_000_000,
                "eTag": etag,
                "sequencer": sequencer,
            },
        },
    }


def deliver(*records: dict[str, Any]) -> list[str]:
    return kept(function.handler(batch({"Records": list(records)}), Context()))


def executions() -> list[dict[str, Any]]:
    client = aws.step_functions()
    listed = client.list_executions(stateMachineArn=MACHINE)["executions"]
    return [
        {
            "name": execution["name"],
            **json.loads(
                client.describe_execution(executionArn=execution["executionArn"])["input"]
            ),
        }
        for execution in listed
    ]


def test_an_upload_that_the_api_announced_starts_one_execution_named_as_its_job(
    table: JobsTable,
) -> None:
    table.create(new_job())
    assert deliver(record()) == []
    assert executions() == [
        {
            "name": JOB,
            "version": 1,
            "user_id": USER,
            "job_id": JOB,
            "attempt": 1,
            "source": SOURCE,
            "file_name": "Board meeting.mp3",
            "language": "auto",
            "vocabulary": "",
        }
    ]
    job = table.get(USER, JOB)
    assert job is not None
    assert job["status"] == "QUEUED"
    assert job["execution_arn"] == f"{MACHINE.replace('stateMachine', 'execution')}:{JOB}"


def test_an_event_that_comes_twice_starts_one_execution(table: JobsTable) -> None:
    table.create(new_job())
    assert deliver(record(), record()) == []
    assert deliver(record()) == []
    assert len(executions()) == 1


def test_in_a_bucket_with_versions_an_upload_is_its_version(table: JobsTable) -> None:  # noqa: ARG001
    first, again, other = (record("inbox/a.mp3", sequencer=number) for number in ("01", "02", "03"))
    for uploaded, version in ((first, "v1"), (again, "v1"), (other, "v2")):
        uploaded["s3"]["object"]["versionId"] = version
    deliver(first, again, other)
    assert sorted(e["source"]["version_id"] for e in executions()) == ["v1", "v2"]
    upload = keys.upload_of("audio", "inbox/a.mp3", "v1")
    assert upload is not None
    assert upload.job_id in {execution["name"] for execution in executions()}


def test_a_second_upload_to_the_same_key_does_not_start_another(table: JobsTable) -> None:
    table.create(new_job())
    deliver(record())
    assert deliver(record(sequencer="02", etag="4567")) == []
    assert [execution["source"]["etag"] for execution in executions()] == ["0123"]


def test_an_event_after_the_work_began_starts_nothing(table: JobsTable) -> None:
    table.create(new_job())
    deliver(record())
    job = table.get(USER, JOB)
    assert job is not None
    table.mark_processing(USER, JOB, execution_arn=job["execution_arn"])
    assert deliver(record()) == []
    assert len(executions()) == 1


def test_a_deleted_job_starts_nothing(table: JobsTable) -> None:
    table.create(new_job())
    table.delete(USER, JOB)
    assert deliver(record()) == []
    assert executions() == []


@pytest.mark.parametrize("key", [KEY, "notes.txt", f"{USER}/{JOB}/other.mp3"])
def test_an_upload_that_nobody_announced_is_counted_and_dropped(
    key: str,
    table: JobsTable,  # noqa: ARG001  # the platform around the function
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert deliver(record(key)) == []
    assert executions() == []
    assert '"IgnoredUploads":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", ["team meeting.mp3", 'a+b "c" (1).wav', "reunión.m4a", "🎙️.ogg", "%41&x=1.mp3"]
)
def test_a_file_in_the_inbox_becomes_a_job_under_its_own_name(name: str, table: JobsTable) -> None:
    assert deliver(record(f"inbox/{name}")) == []
    (execution,) = executions()
    assert (execution["user_id"], execution["file_name"]) == ("inbox", name)
    assert execution["source"]["key"] == f"inbox/{name}"
    job = table.get("inbox", execution["job_id"])
    assert job is not None
    assert (job["language"], job["ui_language"]) == ("auto", "es")
    assert "email" not in job


def test_a_file_uploaded_to_the_inbox_again_is_another_job(table: JobsTable) -> None:  # noqa: ARG001
    deliver(record("inbox/a.mp3", sequencer="01"), record("inbox/a.mp3", sequencer="01"))
    deliver(record("inbox/a.mp3", sequencer="02"))
    assert len(executions()) == 2


@pytest.mark.parametrize(
    ("key", "language", "file_name"),
    [
        ("inbox/en/a.mp3", "en", "a.mp3"),
        ("inbox/es/monday/a.mp3", "es", "a.mp3"),
        ("inbox/auto/a.mp3", "auto", "a.mp3"),
        ("inbox/a.mp3", None, "a.mp3"),
        ("inbox/fr/a.mp3", None, "a.mp3"),
        ("inbox/en", None, "en"),
        ("inbox/monday/en/a.mp3", None, "a.mp3"),
    ],
)
def test_the_first_folder_in_the_inbox_may_state_the_language(
    key: str, language: str | None, file_name: str
) -> None:
    upload = keys.upload_of("audio", key, "01")
    assert upload is not None
    assert (upload.language, upload.file_name) == (language, file_name)


def test_the_stated_language_reaches_the_execution(table: JobsTable) -> None:  # noqa: ARG001
    deliver(record("inbox/en/a.mp3"))
    assert executions()[0]["language"] == "en"


def test_the_vocabulary_of_the_job_reaches_the_execution(table: JobsTable) -> None:
    table.create(new_job(vocabulary="Bogotá, Ana María Lopera"))
    deliver(record())
    assert executions()[0]["vocabulary"] == "Bogotá, Ana María Lopera"


def test_the_metadata_of_the_job_reaches_the_execution(table: JobsTable) -> None:
    table.create(new_job(metadata={"case": "2026-118"}))
    deliver(record())
    assert executions()[0]["metadata"] == {"case": "2026-118"}


def test_an_empty_file_starts_too_so_that_its_owner_is_told(table: JobsTable) -> None:
    table.create(new_job())
    empty = record()
    empty["s3"]["object"]["size"] = 0
    assert deliver(empty) == []
    assert executions()[0]["source"]["size_bytes"] == 0


def test_the_test_event_of_s3_is_dropped(table: JobsTable) -> None:  # noqa: ARG001
    event = batch({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "audio"})
    assert kept(function.handler(event, Context())) == []


def test_only_the_messages_that_cannot_be_read_are_kept(table: JobsTable) -> None:
    table.create(new_job())
    removed = record() | {"eventName": "ObjectRemoved:Delete"}
    event = batch(
        "no JSON", {"Records": [record()]}, {"Records": [removed]}, {"Records": "none"}, []
    )
    assert kept(function.handler(event, Context())) == [
        "message-0",
        "message-2",
        "message-3",
        "message-4",
    ]
    assert len(executions()) == 1


def test_a_start_that_failed_is_made_when_the_message_comes_again(table: JobsTable) -> None:
    table.create(new_job())
    aws.step_functions().delete_state_machine(stateMachineArn=MACHINE)
    assert deliver(record()) == ["message-0"]
    create_state_machine()
    assert deliver(record()) == []
    assert [execution["name"] for execution in executions()] == [JOB]
