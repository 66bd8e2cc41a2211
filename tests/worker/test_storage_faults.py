"""S3 refuses, stalls or breaks off: a chunk is fetched all the same, or fails by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from botocore.config import Config
from scribe.adapters import aws
from scribe.adapters.storage import Storage
from scribe.errors import ShapeInvalid, StorageUnavailable

from tests.worker.faulty_s3 import Fault, FaultyS3
from tests.worker.support import chunk_task, silence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.worker.conftest import Platform

IMPATIENT = Config(read_timeout=0.2, retries={"mode": "standard", "total_max_attempts": 2})
TASK = chunk_task(0)
BODY = silence(10)


@pytest.fixture
def s3() -> Iterator[FaultyS3]:
    server = FaultyS3()
    yield server
    server.stop()


@pytest.fixture
def storage(s3: FaultyS3, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """The platform's storage, with the chunk's audio."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.endpoint)
    platform.storage = Storage(aws.s3(IMPATIENT))
    platform.storage.write_bytes(TASK["audio"], BODY, content_type="audio/flac")
    return platform.storage


@pytest.mark.parametrize("fault", get_args(Fault))
def test_a_read_that_fails_once_is_made_again(storage: Storage, s3: FaultyS3, fault: Fault) -> None:
    s3.faults.append(fault)
    assert storage.read_bytes(TASK["audio"]) == BODY
    assert s3.reads == 2


@pytest.mark.parametrize(("fault", "reads"), [("refuse", 2), ("break off", 3), ("stall", 3)])
def test_a_read_that_fails_again_and_again_has_a_name(
    storage: Storage, s3: FaultyS3, fault: Fault, reads: int
) -> None:
    s3.faults.extend([fault] * 9)
    with pytest.raises(StorageUnavailable, match=TASK["audio"]["key"]):
        storage.read_bytes(TASK["audio"])
    assert s3.reads == reads


def test_a_chunk_that_cannot_be_fetched_fails_by_name_and_the_worker_goes_on(
    storage: Storage, s3: FaultyS3, platform: Platform
) -> None:
    s3.faults.extend(["break off"] * 3)
    for index in range(2):
        platform.send(chunk_task(index), f"token-{index}")
    platform.worker(settings=platform.settings(chunks=2)).run()
    assert platform.callbacks.failed == {"token-0": "StorageUnavailable"}
    assert platform.callbacks.succeeded.keys() == {"token-1"}
    assert storage.read_json(chunk_task(1)["result"], "chunk-result")


def test_a_result_that_is_damaged_is_made_again(platform: Platform) -> None:
    task = chunk_task()
    platform.send(task)
    platform.storage.write_bytes(task["result"], b'{"version": 1', content_type="application/json")
    with pytest.raises(ShapeInvalid):
        platform.storage.read_json(task["result"], "chunk-result")
    platform.worker().run()
    assert platform.storage.read_json(task["result"], "chunk-result")
    assert platform.callbacks.succeeded
