"""What lies in the buckets after a job: named and typed for browsers, and nothing left over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from scribe import schemas

from samples import sample

if TYPE_CHECKING:
    from tests.e2e.conftest import Delivered

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("transcript.json", "application/json"),
        ("transcript.txt", "text/plain; charset=utf-8"),
        ("transcript.srt", "application/x-subrip; charset=utf-8"),
        ("transcript.vtt", "text/vtt; charset=utf-8"),
    ],
)
def test_a_browser_saves_each_format_under_the_name_of_the_recording(
    delivered: Delivered, name: str, content_type: str
) -> None:
    stored = delivered.inbox.stored(delivered.jobs["spanish.ogg"], name)
    assert stored["ContentType"] == content_type
    saved_as = name.replace("transcript", "spanish")
    assert f'attachment; filename="{saved_as}"' in stored["ContentDisposition"]


def test_the_wave_form_is_as_long_as_the_recording(delivered: Delivered) -> None:
    stored = delivered.inbox.stored(delivered.jobs["long.opus"], "peaks.json")
    peaks = json.loads(stored["Body"].read())
    schemas.validate("peaks", peaks)
    assert stored["ContentType"] == "application/json"
    covered = len(peaks["peaks"]) / 2 * peaks["stretch_seconds"]
    assert covered == pytest.approx(sample("long").duration_seconds, abs=peaks["stretch_seconds"])
    assert max(peaks["peaks"]) > 30, "speech is seen"


def test_the_audio_of_chunks_is_deleted_and_their_results_are_kept_for_a_redrive(
    delivered: Delivered,
) -> None:
    pages = delivered.inbox.s3.get_paginator("list_objects_v2").paginate(
        Bucket=delivered.inbox.work_bucket
    )
    names = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    job_id = delivered.jobs["long.opus"]["job_id"]
    assert [name for name in names if "/chunks/" in name] == []
    assert {f"inbox/{job_id}/results/{index:04d}.json" for index in range(3)} <= set(names)
