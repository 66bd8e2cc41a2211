"""The small parts: audio, memory, callbacks, the catalogue, settings and logs."""

from __future__ import annotations

import json
import logging
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import numpy as np
import pytest
from botocore.stub import Stubber
from hypothesis import given, settings
from hypothesis import strategies as st
from scribe import settings as environment
from scribe.adapters.callbacks import StepFunctionsCallbacks, TokenDead
from scribe.errors import AudioUnreadable, OutOfMemory, StorageUnavailable
from scribe.settings import SettingInvalid
from worker import models
from worker.audio import decode_flac
from worker.chunk import failed_outcome
from worker.engine.memory import is_gpu_error, with_smaller_batches
from worker.logs import JsonLines, fields
from worker.settings import BESIDE_THE_PACKAGE, EngineSettings, FleetSettings

from tests.worker.support import chunk_task, flac

if TYPE_CHECKING:
    from collections.abc import Callable


@settings(max_examples=20)
@given(st.lists(st.integers(-32768, 32767), max_size=9000))
def test_decoded_flac_is_sample_for_sample_what_was_encoded(values: list[int]) -> None:
    samples = np.array(values, dtype=np.int16)
    decoded = decode_flac(flac(samples))
    assert decoded.dtype == np.float32
    assert np.array_equal(np.round(decoded * 32768).astype(np.int32), samples.astype(np.int32))


@pytest.mark.parametrize("body", [b"", b"not a flac file", b"#EXTM3U\nhttp://127.0.0.1/"])
def test_what_is_no_flac_is_unreadable(body: bytes) -> None:
    with pytest.raises(AudioUnreadable):
        decode_flac(body)


def test_flac_at_another_rate_is_refused_because_its_times_would_be_wrong() -> None:
    with pytest.raises(AudioUnreadable, match="8000 Hz"):
        decode_flac(flac(np.zeros(800, dtype=np.int16), rate=8000))


def test_the_batch_is_halved_until_it_fits() -> None:
    tried: list[int] = []

    def run(batch: int) -> str:
        tried.append(batch)
        if batch > 2:
            raise RuntimeError("CUDA failed with error out of memory")
        return "done"

    assert with_smaller_batches(run, 16) == "done"
    assert tried == [16, 8, 4, 2]


def test_a_single_window_that_does_not_fit_is_out_of_memory() -> None:
    def run(_: int) -> None:
        raise MemoryError

    with pytest.raises(OutOfMemory):
        with_smaller_batches(run, 4)


def test_other_errors_are_not_retried() -> None:
    def run(_: int) -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(RuntimeError) as raised:
        with_smaller_batches(run, 4)
    assert is_gpu_error(raised.value)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("TaskTimedOut", TokenDead),
        ("TaskDoesNotExist", TokenDead),
        ("InvalidToken", TokenDead),
        ("ThrottlingException", StorageUnavailable),
    ],
)
def test_an_answer_knows_a_dead_token_from_a_service_that_refuses(
    code: str, expected: type[Exception]
) -> None:
    client = boto3.client("stepfunctions", region_name="us-east-1")
    with Stubber(client) as stub:
        stub.add_client_error("send_task_success", code)
        stub.add_client_error("send_task_failure", code)
        callbacks = StepFunctionsCallbacks(client)
        outcome = failed_outcome(chunk_task(), OutOfMemory("full"))
        with pytest.raises(expected):
            callbacks.succeed("token", outcome)
        with pytest.raises(expected):
            callbacks.fail("token", OutOfMemory("full"))


@pytest.mark.parametrize(
    ("code", "is_dead"),
    [("TaskTimedOut", True), ("TaskDoesNotExist", True), ("InvalidToken", False)],
)
def test_a_heartbeat_tells_a_dead_token_and_is_in_doubt_about_no_other(
    code: str, *, is_dead: bool
) -> None:
    client = boto3.client("stepfunctions", region_name="us-east-1")
    with Stubber(client) as stub:
        stub.add_client_error("send_task_heartbeat", code)
        assert StepFunctionsCallbacks(client).is_dead("token") is is_dead


def test_the_catalogue_can_be_read_and_names_what_it_has() -> None:
    catalogue = models.load(Path(BESIDE_THE_PACKAGE))
    assert catalogue.model("fixture").chunk_size_seconds == 7
    assert catalogue.model("large-v3-turbo").package.download_bytes > 1_500_000_000
    with pytest.raises(models.ModelUnknown, match="large-v3-turbo"):
        catalogue.model("enormous")


def test_no_model_or_aligner_forbids_commercial_use() -> None:
    catalogue = models.load(Path(BESIDE_THE_PACKAGE))
    packages = [*catalogue.packages.values(), *(m.package for m in catalogue.models.values())]
    assert {p.licence for p in packages} <= {"MIT", "Apache-2.0", "as given by its owner"}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda model: model.pop("beam_size"), "small: no field 'beam_size'"),
        (lambda model: model.update(verified=True), "small: verified, yet"),
        (lambda model: model["aligners"].update(en="nobody"), "small: no package nobody"),
    ],
)
def test_a_mistake_in_the_catalogue_is_named(
    change: Callable[[dict[str, Any]], object], text: str
) -> None:
    document = tomllib.loads(Path(BESIDE_THE_PACKAGE).read_text())
    change(document["models"]["small"])
    with pytest.raises(models.CatalogueInvalid, match=text):
        models.parse(document)


def test_a_catalogue_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(models.CatalogueInvalid, match=r"nowhere\.toml"):
        models.load(tmp_path / "nowhere.toml")


def test_settings_have_defaults_and_name_what_is_missing() -> None:
    read = environment.read(FleetSettings, {"CHUNKS_QUEUE_URL": "q", "VISIBILITY_SECONDS": "90"})
    assert (read.visibility_seconds, read.detect_queue_url) == (90, "")
    with pytest.raises(SettingInvalid, match="CHUNKS_QUEUE_URL"):
        environment.read(FleetSettings, {})


def test_every_language_needs_an_aligner() -> None:
    read = environment.read(EngineSettings, {"ALIGNER_DIRECTORIES": "en=/models/en"})
    with pytest.raises(SettingInvalid, match="es"):
        _ = read.aligners


def test_a_language_that_the_platform_does_not_know_is_refused() -> None:
    with pytest.raises(SettingInvalid, match="LANGUAGES"):
        _ = EngineSettings(languages=("en", "xx")).spoken


def test_a_log_line_is_one_object_with_its_figures() -> None:
    record = logging.makeLogRecord({"msg": "chunk done", "levelname": "INFO", **fields(index=3)})
    line = json.loads(JsonLines().format(record))
    assert (line["message"], line["level"], line["index"]) == ("chunk done", "INFO", 3)
