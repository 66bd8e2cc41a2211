"""The sweep and the inbox: a recording whose event was lost becomes the job it would have been."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws
from scribe import keys

from functions.sweep import inbox_sweep
from functions.sweep.run import Run
from tests.unit.sweep_support import (
    AUDIO,
    DAY,
    HOUR,
    MINUTE,
    PLENTY_MS,
    SOUND,
    WORK,
    Platform,
    platform,
)

if TYPE_CHECKING:
    from scribe.keys import Upload


__all__ = ["platform"]  # a fixture is found by its name


def drop(platform: Platform, name: str = "talk.mp3") -> str:
    """Store a recording in the inbox, and return its version."""
    stored = platform.s3.put_object(Bucket=AUDIO, Key=f"inbox/{name}", Body=SOUND)
    return stored["VersionId"]


def upload(version: str, name: str = "talk.mp3") -> Upload:
    """What the event of a version means."""
    found = keys.upload_of(AUDIO, f"inbox/{name}", version)
    assert found is not None
    return found


def position(platform: Platform) -> Any:  # noqa: ANN401  # a JSON document
    stored = platform.s3.get_object(Bucket=WORK, Key=keys.SWEEP_POSITION)
    return json.loads(stored["Body"].read())


def test_a_recording_whose_event_was_lost_becomes_the_job_of_its_event(platform: Platform) -> None:
    version = drop(platform, "es/Reunión.mp3")
    platform.clock.advance(9 * MINUTE)
    assert platform.sweep().repairs == {}
    platform.clock.advance(2 * MINUTE)
    assert platform.sweep().repairs == {"upload_started": 1}
    job_id = upload(version, "es/Reunión.mp3").job_id
    assert platform.executions() == [job_id]
    given = platform.input_of(job_id)
    assert (given["file_name"], given["language"]) == ("Reunión.mp3", "es")
    assert given["source"]["version_id"] == version
    assert platform.row(job_id, "inbox")["ui_language"] == "es"


def test_one_whose_event_came_is_left_alone(platform: Platform) -> None:
    version = drop(platform)
    source = {
        "bucket": AUDIO,
        "key": "inbox/talk.mp3",
        "size_bytes": len(SOUND),
        "etag": "0123",
        "version_id": version,
    }
    platform.sweeps().inbox.arrivals.begin(upload(version), source)  # type: ignore[arg-type]  # a Source
    platform.clock.advance(9 * MINUTE)
    before = platform.row(upload(version).job_id, "inbox")
    assert platform.sweep().repairs == {}
    platform.clock.advance(2 * MINUTE)
    assert platform.sweep().repairs == {}
    assert platform.row(upload(version).job_id, "inbox") == before


def test_a_job_that_was_made_and_not_begun_is_begun(platform: Platform) -> None:
    version = drop(platform)
    platform.sweeps().inbox.arrivals._create(upload(version))
    platform.clock.advance(11 * MINUTE)
    assert platform.sweep().repairs == {"upload_started": 1}
    assert platform.executions() == [upload(version).job_id]


def test_each_version_is_a_job_also_one_that_was_replaced_or_removed(platform: Platform) -> None:
    versions = [drop(platform), drop(platform)]
    platform.s3.delete_object(Bucket=AUDIO, Key="inbox/talk.mp3")
    platform.clock.advance(11 * MINUTE)
    assert platform.sweep().repairs == {"upload_started": 2}
    assert platform.executions() == sorted(upload(version).job_id for version in versions)


def test_two_runs_begin_one_job(platform: Platform) -> None:
    drop(platform)
    platform.clock.advance(11 * MINUTE)
    for _ in range(3):
        platform.sweep()
    assert len(platform.executions()) == 1


@pytest.mark.parametrize("seconds", [8 * DAY, 300 * DAY])
def test_what_has_lain_there_for_long_is_left_alone(platform: Platform, seconds: int) -> None:
    drop(platform)
    platform.clock.advance(seconds)
    assert platform.sweep().repairs == {}


def test_what_was_stored_before_the_bucket_had_versions_is_left_alone() -> None:
    with mock_aws():
        platform = Platform()
        platform.s3.delete_bucket(Bucket=AUDIO)
        platform.s3.create_bucket(Bucket=AUDIO)
        platform.s3.put_object(Bucket=AUDIO, Key="inbox/old.mp3", Body=SOUND)
        platform.s3.put_bucket_versioning(
            Bucket=AUDIO, VersioningConfiguration={"Status": "Enabled"}
        )
        version = drop(platform)
        platform.clock.advance(HOUR)
        assert platform.sweep().repairs == {"upload_started": 1}
        assert platform.executions() == [upload(version).job_id]


def test_a_folder_and_other_users_keys_are_no_recordings_of_the_inbox(platform: Platform) -> None:
    platform.s3.put_object(Bucket=AUDIO, Key="inbox/monday/", Body=b"")
    platform.s3.put_object(Bucket=AUDIO, Key="inboxes/a.mp3", Body=SOUND)
    platform.clock.advance(HOUR)
    assert platform.sweep().repairs == {}


def test_a_long_inbox_is_read_in_several_runs_and_then_from_its_beginning(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_sweep, "MOST_PAGES", 1)
    for number in range(5):
        drop(platform, f"{number}.mp3")
    platform.clock.advance(HOUR)
    begun = []
    for _ in range(4):
        sweeps, run = platform.sweeps(), Run(lambda: PLENTY_MS)
        _in_pages_of(sweeps.inbox.recordings._client, 2)
        sweeps.inbox.sweep(run, platform.clock())
        begun.append(run.repairs["upload_started"])
    assert begun == [2, 2, 1, 0]
    assert position(platform)["KeyMarker"] == "inbox/1.mp3"


def _in_pages_of(client: Any, objects: int) -> None:  # noqa: ANN401  # a boto3 client's events
    def limit(params: dict[str, Any], **_: object) -> None:
        params["MaxKeys"] = objects

    client.meta.events.register("provide-client-params.s3.ListObjectVersions", limit)


def test_the_inbox_is_read_while_there_is_time(platform: Platform) -> None:
    drop(platform)
    platform.clock.advance(HOUR)
    run = Run(lambda: 1000)
    platform.sweeps().inbox.sweep(run, platform.clock())
    assert run.looked_at == 0
